/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of ctguardctl. */
#ifndef CTGUARD_CTL_COMMAND_H
#define CTGUARD_CTL_COMMAND_H

#include "../lib/command.h"

int ctguard_command_attest(int argc, char **argv);
int ctguard_command_attest_activate(int argc, char **argv);
int ctguard_command_attest_init(int argc, char **argv);
int ctguard_command_attest_log(int argc, char **argv);
int ctguard_command_attest_quote(int argc, char **argv);
int ctguard_command_attest_status(int argc, char **argv);
int ctguard_command_bind(int argc, char **argv);
int ctguard_command_containers(int argc, char **argv);
int ctguard_command_explain(int argc, char **argv);
int ctguard_command_image(int argc, char **argv);
int ctguard_command_image_approve(int argc, char **argv);
int ctguard_command_image_list(int argc, char **argv);
int ctguard_command_image_measure(int argc, char **argv);
int ctguard_command_image_remove(int argc, char **argv);
int ctguard_command_image_verify(int argc, char **argv);
int ctguard_command_mode(int argc, char **argv);
int ctguard_command_monitor(int argc, char **argv);
int ctguard_command_policy(int argc, char **argv);
int ctguard_command_policy_check(int argc, char **argv);
int ctguard_command_policy_compile(int argc, char **argv);
int ctguard_command_policy_diff(int argc, char **argv);
int ctguard_command_policy_push(int argc, char **argv);
int ctguard_command_policy_show(int argc, char **argv);
int ctguard_command_status(int argc, char **argv);
int ctguard_command_unbind(int argc, char **argv);
int ctguard_command_version(int argc, char **argv);

#endif /* CTGUARD_CTL_COMMAND_H */
