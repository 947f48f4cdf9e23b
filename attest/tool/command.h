/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of ctguard-verify, and what they all do. */
#ifndef VERIFY_COMMAND_H
#define VERIFY_COMMAND_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "../../userspace/lib/command.h"

struct ctguard_error;
struct record;
struct reference;
struct store;

#define COMMAND_STATE "/var/lib/ctguard-verify"

int command_refused(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

int command_open(struct store *store, const char *path,
		 struct ctguard_error *error);
int command_host(const struct store *store, const char *host,
		 struct record *ret_record, struct ctguard_error *error);
int command_reference(const char *path, const char *images, json_t **ret_json,
		      struct reference **ret_reference,
		      struct ctguard_error *error);
int command_digest(const char *text, uint8_t ret_digest[32]);
int command_write(const char *path, const void *data, size_t size, int binary,
		  struct ctguard_error *error);

int command_ca(int argc, char **argv);
int command_check(int argc, char **argv);
int command_dump(int argc, char **argv);
int command_enroll(int argc, char **argv);
int command_enroll_begin(int argc, char **argv);
int command_enroll_finish(int argc, char **argv);
int command_enroll_list(int argc, char **argv);
int command_enroll_reference(int argc, char **argv);
int command_enroll_remove(int argc, char **argv);
int command_enroll_renew(int argc, char **argv);
int command_export(int argc, char **argv);
int command_export_cmw(int argc, char **argv);
int command_export_keylime_evidence(int argc, char **argv);
int command_export_keylime_policy(int argc, char **argv);
int command_export_reference(int argc, char **argv);
int command_export_tcg2(int argc, char **argv);
int command_module(int argc, char **argv);
int command_nonce(int argc, char **argv);
int command_version(int argc, char **argv);

#endif /* VERIFY_COMMAND_H */
