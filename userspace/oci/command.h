/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of ctguard-oci. */
#ifndef CTGUARD_OCI_COMMAND_H
#define CTGUARD_OCI_COMMAND_H

int ctguard_oci_hook(int argc, char **argv);
int ctguard_oci_runtime(int argc, char **argv);
int ctguard_oci_misused(const char *command, const char *what);

#endif /* CTGUARD_OCI_COMMAND_H */
