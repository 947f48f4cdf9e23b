/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that speak with the TPM share; needs tss2's headers. */
#ifndef CTGUARD_TPM_PRIVATE_H
#define CTGUARD_TPM_PRIVATE_H

#include <stdlib.h>
#include <tss2/tss2_esys.h>

#include "tpm.h"

struct ctguard_tpm {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	char *name; /* of the TCTI */
};

/* What ESYS allocates is malloc()ed: see Esys_Free(). */
#define CTGUARD_ESYS CTGUARD_FREE

int ctguard_tpm_failed(const struct ctguard_tpm *tpm, TSS2_RC rc,
		       struct ctguard_error *error, const char *what);
bool ctguard_tpm_absent(TSS2_RC rc);
bool ctguard_tpm_refused(TSS2_RC rc);

#endif /* CTGUARD_TPM_PRIVATE_H */
