// SPDX-License-Identifier: GPL-2.0
/*
 * Listens to events, and adds up what they say was denied. Sleeps on the way,
 * so that some do not fit.
 *
 * Usage: listen REPORT; makes REPORT.listening, and on SIGTERM ends when nothing
 * comes any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "soak.h"

/* What waits meanwhile does not fit into it. */
#define BUFFER (64 << 10)
#define NAP 700000 /* us */
#define QUIET 3000 /* ms */

/* When naps begin, in seconds from the start; later there is time to tell. */
static const time_t naps[] = { 4, 9 };

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

/**
 * struct tally - what was heard
 * @verdicts: denials of the containers that are counted
 * @repeats: likewise, the sum of the summaries
 * @lost: denials that the kernel says were lost
 * @others: denials of other containers
 * @overruns: how often events did not fit
 * @backwards: events whose numbers came before
 * @policies: other policies
 * @last: number of the last event of each CPU
 */
struct tally {
	uint64_t verdicts;
	uint64_t repeats;
	uint64_t lost;
	uint64_t others;
	uint64_t overruns;
	uint64_t backwards;
	uint64_t policies;
	uint64_t last[64];
};

static void take(struct tally *t, const struct event *e)
{
	uint64_t *last = &t->last[e->cpu % 64];
	bool counted = !strncmp(e->path, SOAK_COUNTED, strlen(SOAK_COUNTED));

	if (e->seq == *last)
		t->backwards++;
	*last = e->seq;
	switch (e->kind) {
	case CTGUARD_EVENT_LOST:
		t->lost += e->count;
		break;
	case CTGUARD_EVENT_POLICY:
		t->policies++;
		break;
	case CTGUARD_EVENT_VERDICT:
	case CTGUARD_EVENT_REPEAT:
		if (!counted) {
			t->others += e->count ?: 1;
			fprintf(stderr,
				"listen: %s was denied operation %u of %s %s\n",
				e->path, e->operation, e->fs, e->object);
		} else if (e->kind == CTGUARD_EVENT_REPEAT) {
			t->repeats += e->count;
		} else {
			t->verdicts++;
		}
		break;
	}
}

int main(int argc, char **argv)
{
	const int size = BUFFER;
	time_t start = time(NULL);
	struct tally tally = {};
	struct event event;
	struct link link;
	char path[256];
	size_t nap = 0;
	FILE *report;
	int r;

	if (argc != 2) {
		fputs("Usage: listen REPORT\n", stderr);
		return 2;
	}
	signal(SIGTERM, end);
	r = guard_listen(&link);
	if (r) {
		fprintf(stderr, "listen: %s\n", strerror(-r));
		return 1;
	}
	setsockopt(link.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	snprintf(path, sizeof(path), "%s.listening", argv[1]);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	for (;;) {
		r = guard_event(&link, ended ? QUIET : 200, &event);
		if (r == 1)
			take(&tally, &event);
		else if (r == -ENOBUFS)
			tally.overruns++;
		else if (r < 0 && r != -EINTR)
			break;
		else if (!r && ended)
			break;
		if (nap < sizeof(naps) / sizeof(*naps) &&
		    time(NULL) - start >= naps[nap]) {
			usleep(NAP);
			nap++;
		}
	}
	unlink(path);
	report = fopen(argv[1], "a");
	if (!report || r < 0)
		return 1;
	fprintf(report,
		"verdicts %ju\nrepeats %ju\nlost %ju\nothers %ju\noverruns %ju\nbackwards %ju\npolicy-events %ju\n",
		(uintmax_t)tally.verdicts, (uintmax_t)tally.repeats,
		(uintmax_t)tally.lost, (uintmax_t)tally.others,
		(uintmax_t)tally.overruns, (uintmax_t)tally.backwards,
		(uintmax_t)tally.policies);
	return fclose(report) ? 1 : 0;
}
