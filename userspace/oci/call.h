/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command line of a runtime: that of runc(8), which crun(1) has as well.
 */
#ifndef CTGUARD_OCI_CALL_H
#define CTGUARD_OCI_CALL_H

#include <stdbool.h>

/**
 * struct ctguard_call - a command line of the runtime
 * @runtime: its path
 * @arguments: argv, with the runtime's name first and NULL last
 * @count: of those, without the NULL
 * @command: index of the command; 0 when there is none
 * @id: index of the container's id; 0 when there is none
 * @bundle: of --bundle, or NULL
 * @pid_file: of --pid-file, or NULL
 * @log: of --log, or NULL
 * @json: whether that is in JSON
 */
struct ctguard_call {
	const char *runtime;
	char **arguments;
	int count;
	int command;
	int id;
	const char *bundle;
	const char *pid_file;
	const char *log;
	bool json;
};

void ctguard_call_parse(struct ctguard_call *call);
void ctguard_call_tell(const struct ctguard_call *call, const char *text);
void ctguard_call_tell_parent(const char *text);

#endif /* CTGUARD_OCI_CALL_H */
