// SPDX-License-Identifier: GPL-2.0
/* ctguardctl monitor: events as they come. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/alloc.h"
#include "../lib/error.h"
#include "../lib/event.h"
#include "../lib/link.h"
#include "command.h"
#include "event_print.h"

static const char usage[] =
	"Usage: ctguardctl monitor [--json] [--count N] [--timeout SECONDS]\n"
	"\n"
	"Prints events as they come, a line each, and says \"listening\" on standard\n"
	"error once none can be missed. Events that were lost are told as such.\n"
	"\n"
	"  -j, --json             for programs, an object a line\n"
	"  -n, --count N          end after N events; with 1 if fewer came in time\n"
	"  -t, --timeout SECONDS  end then\n";

/* No more CPUs than any kernel has. */
#define CPU_MAX 65536

/*
 * Numbers of a CPU may come a little out of order: the kernel's own events
 * overtake those that wait. What did not come after this time is lost.
 */
#define PATIENCE_MS 1000

/* The numbers of one CPU. */
struct numbers {
	uint64_t last;	  /* 0: none came yet */
	uint64_t missing; /* below last */
	int64_t since;	  /* when the last of those was missed */
};

struct monitor {
	bool json;
	uint64_t count;
	uint64_t wanted;	 /* 0: all */
	struct numbers *numbers; /* by CPU */
	size_t cpus;
	bool missing; /* on some CPU */
};

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void watch_numbers(struct monitor *monitor,
			  const struct ctguard_event *event)
{
	size_t known = monitor->cpus;
	struct numbers *numbers;

	if (!event->seq || event->cpu >= CPU_MAX)
		return;
	monitor->numbers = ctguard_alloc_grow(monitor->numbers, &monitor->cpus,
					      (size_t)event->cpu + 1,
					      sizeof(*numbers));
	if (monitor->cpus > known)
		memset(monitor->numbers + known, 0,
		       (monitor->cpus - known) * sizeof(*numbers));
	numbers = &monitor->numbers[event->cpu];
	if (event->seq <= numbers->last) {
		if (numbers->missing)
			numbers->missing--;
		return;
	}
	if (numbers->last && event->seq > numbers->last + 1) {
		numbers->missing += event->seq - numbers->last - 1;
		numbers->since = now_ms();
		monitor->missing = true;
	}
	numbers->last = event->seq;
}

/* Says which numbers did not come, once they are @late, in milliseconds. */
static void tell_missing(struct monitor *monitor, int64_t late)
{
	const int64_t now = now_ms();

	if (!monitor->missing)
		return;
	monitor->missing = false;
	for (size_t i = 0; i < monitor->cpus; i++) {
		struct numbers *numbers = &monitor->numbers[i];

		if (!numbers->missing)
			continue;
		if (now - numbers->since < late) {
			monitor->missing = true;
			continue;
		}
		ctguard_event_print_gap((uint32_t)i, numbers->missing,
					monitor->json);
		numbers->missing = 0;
	}
}

static void print(const struct ctguard_event *event, void *context)
{
	struct monitor *monitor = context;

	if (monitor->wanted && monitor->count == monitor->wanted)
		return;
	watch_numbers(monitor, event);
	if (monitor->json)
		ctguard_event_print_json(event);
	else
		ctguard_event_print_text(event);
	monitor->count++;
}

/* Milliseconds to wait for an event; -1 for ever. */
static int patience(const struct monitor *monitor, int64_t deadline)
{
	const int64_t most = monitor->missing ? PATIENCE_MS : 1000000;
	int64_t ms = deadline - now_ms();

	if (deadline < 0)
		return monitor->missing ? PATIENCE_MS : -1;
	return ms < 0 ? 0 : ms > most ? (int)most : (int)ms;
}

static int follow(struct ctguard_link *link, struct monitor *monitor,
		  int64_t deadline, struct ctguard_error *error)
{
	while (!ended && !ferror(stdout)) {
		if (monitor->wanted && monitor->count == monitor->wanted)
			break;
		if (ctguard_event_receive(link, patience(monitor, deadline),
					  print, monitor, error) < 0) {
			if (error->code != ENOBUFS)
				return -1;
			fputs("ctguardctl: events were lost: they come faster than they are read\n",
			      stderr);
		}
		tell_missing(monitor, PATIENCE_MS);
		if (deadline >= 0 && now_ms() >= deadline)
			break;
	}
	tell_missing(monitor, 0);
	return 0;
}

/* A number of at least 1, or 0 when it is none. */
static uint64_t number(const char *text)
{
	unsigned long long value;
	char *rest;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &rest, 10);
	return errno || *rest || value > 1000000000 ? 0 : value;
}

int ctguard_command_monitor(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "count", required_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ 0 },
	};
	const struct sigaction action = { .sa_handler = end };
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct monitor monitor = { 0 };
	struct ctguard_error error;
	uint64_t seconds = 0;
	int option, r;

	while ((option = getopt_long(argc, argv, "hjn:t:", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'j':
			monitor.json = true;
			break;
		case 'n':
			monitor.wanted = number(optarg);
			if (!monitor.wanted)
				return ctguard_command_misused(
					argv,
					"expected a number after --count");
			break;
		case 't':
			seconds = number(optarg);
			if (!seconds)
				return ctguard_command_misused(
					argv,
					"expected seconds after --timeout");
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	if (ctguard_link_open(&link, &error) < 0 ||
	    ctguard_event_listen(link, &error) < 0)
		return ctguard_command_failed(&error);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	fputs("listening\n", stderr);
	fflush(stderr);
	r = follow(link, &monitor,
		   seconds ? now_ms() + (int64_t)seconds * 1000 : -1, &error);
	free(monitor.numbers);
	if (r < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(monitor.count < monitor.wanted ?
					      CTGUARD_EXIT_NO :
					      CTGUARD_EXIT_YES);
}
