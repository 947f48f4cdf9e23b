// SPDX-License-Identifier: GPL-2.0
/* The host's TPM 2.0: the way there, what it says of itself, its memory. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "alloc.h"
#include "error.h"
#include "tpm_private.h"

/* Format one, without the bits that say which handle, parameter or session. */
static TSS2_RC plain(TSS2_RC rc)
{
	return rc & TPM2_RC_FMT1 ? rc & 0xbf : rc & 0xfff;
}

/* The TPM's own answers, perhaps through a resource manager. */
static bool answered(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER;
}

/** ctguard_tpm_absent() - @rc says that there is nothing at a handle */
bool ctguard_tpm_absent(TSS2_RC rc)
{
	return answered(rc) && plain(rc) == TPM2_RC_HANDLE;
}

/** ctguard_tpm_refused() - @rc says that what was encrypted does not fit */
bool ctguard_tpm_refused(TSS2_RC rc)
{
	return answered(rc) &&
	       (plain(rc) == TPM2_RC_INTEGRITY || plain(rc) == TPM2_RC_VALUE ||
		plain(rc) == TPM2_RC_SIZE || plain(rc) == TPM2_RC_ECC_POINT);
}

/* What helps, where that is known. */
static const char *hint(TSS2_RC rc)
{
	if (!answered(rc))
		return "";
	switch (plain(rc)) {
	case TPM2_RC_AUTH_FAIL:
	case TPM2_RC_BAD_AUTH:
		return "; has a hierarchy a password? see --eh-auth and --owner-auth";
	case TPM2_RC_LOCKOUT:
		return "; too many wrong passwords, see tpm2_dictionarylockout(1)";
	case TPM2_RC_OBJECT_MEMORY:
	case TPM2_RC_SESSION_MEMORY:
		return "; it is full: use a resource manager, as " CTGUARD_TPM_DEFAULT;
	default:
		return "";
	}
}

/**
 * ctguard_tpm_failed() - set an error of the TPM's or of its library
 * @tpm: which
 * @rc: what it returned
 * @error: to be set
 * @what: was asked of it
 *
 * Return: -1.
 */
int ctguard_tpm_failed(const struct ctguard_tpm *tpm, TSS2_RC rc,
		       struct ctguard_error *error, const char *what)
{
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
				 "TPM %s: %s: %s%s", tpm->name, what,
				 Tss2_RC_Decode(rc), hint(rc));
}

/**
 * ctguard_tpm_open() - go to a TPM
 * @tcti: where, or NULL for CTGUARD_TCTI or TPM2TOOLS_TCTI in the environment
 *	or the default
 * @ret: to be closed
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_open(const char *tcti, struct ctguard_tpm **ret,
		     struct ctguard_error *error)
{
	struct ctguard_tpm *tpm = ctguard_alloc_zeroed(1, sizeof(*tpm));
	TSS2_RC rc;

	if (!tcti)
		tcti = getenv("CTGUARD_TCTI");
	if (!tcti)
		tcti = getenv("TPM2TOOLS_TCTI");
	if (!tcti)
		tcti = CTGUARD_TPM_DEFAULT;
	tpm->name = ctguard_alloc_string(tcti, strlen(tcti));
	/* Failures are told once, by who knows what they mean. */
	setenv("TSS2_LOG", "all+none", 0);
	rc = Tss2_TctiLdr_Initialize(tcti, &tpm->tcti);
	if (!rc)
		rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
	if (rc) {
		ctguard_tpm_failed(tpm, rc, error,
				   "there is none, or it cannot be reached");
		ctguard_tpm_close(tpm);
		return -1;
	}
	*ret = tpm;
	return 0;
}

/** ctguard_tpm_close() - leave it, or NULL */
void ctguard_tpm_close(struct ctguard_tpm *tpm)
{
	if (!tpm)
		return;
	Esys_Finalize(&tpm->esys);
	Tss2_TctiLdr_Finalize(&tpm->tcti);
	free(tpm->name);
	free(tpm);
}

/** ctguard_tpm_cleanup() - leave the TPM of a local */
void ctguard_tpm_cleanup(struct ctguard_tpm **tpm)
{
	ctguard_tpm_close(*tpm);
}

/** ctguard_tpm_tcti() - where it is */
const char *ctguard_tpm_tcti(const struct ctguard_tpm *tpm)
{
	return tpm->name;
}

static int property(struct ctguard_tpm *tpm, uint32_t which, uint32_t *ret,
		    struct ctguard_error *error)
{
	CTGUARD_ESYS TPMS_CAPABILITY_DATA *data = NULL;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES, which, 1,
				NULL, &data);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "its properties");
	if (data->data.tpmProperties.count < 1 ||
	    data->data.tpmProperties.tpmProperty[0].property != which)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "TPM %s: has no property 0x%" PRIx32,
					 tpm->name, which);
	*ret = data->data.tpmProperties.tpmProperty[0].value;
	return 0;
}

/**
 * ctguard_tpm_describe() - who made it, and its firmware's version
 * @tpm: of which
 * @ret_text: fit for a terminal
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_describe(struct ctguard_tpm *tpm, char ret_text[64],
			 struct ctguard_error *error)
{
	uint32_t maker, first, second;
	char name[5] = "";

	if (property(tpm, TPM2_PT_MANUFACTURER, &maker, error) < 0 ||
	    property(tpm, TPM2_PT_FIRMWARE_VERSION_1, &first, error) < 0 ||
	    property(tpm, TPM2_PT_FIRMWARE_VERSION_2, &second, error) < 0)
		return -1;
	for (unsigned int i = 0; i < 4; i++) {
		char c = (char)(maker >> (24 - 8 * i));

		name[i] = isprint((unsigned char)c) || !c ? c : '?';
	}
	snprintf(ret_text, 64, "%s, firmware %u.%u.%u.%u", name, first >> 16,
		 first & 0xffff, second >> 16, second & 0xffff);
	return 0;
}

/**
 * ctguard_tpm_set_auth() - the password of a hierarchy
 * @tpm: of which
 * @owner: the owner's, not the endorsement hierarchy's
 * @auth: at most CTGUARD_TPM_AUTH_MAX bytes
 * @size: of it
 */
void ctguard_tpm_set_auth(struct ctguard_tpm *tpm, bool owner, const void *auth,
			  size_t size)
{
	TPM2B_AUTH value = { .size = (UINT16)size };

	memcpy(value.buffer, auth, size);
	Esys_TR_SetAuth(tpm->esys,
			owner ? ESYS_TR_RH_OWNER : ESYS_TR_RH_ENDORSEMENT,
			&value);
}

/* How much it reads or writes in one command. */
static int nv_piece(struct ctguard_tpm *tpm, uint32_t *ret,
		    struct ctguard_error *error)
{
	if (property(tpm, TPM2_PT_NV_BUFFER_MAX, ret, error) < 0)
		return -1;
	if (!*ret || *ret > TPM2_MAX_NV_BUFFER_SIZE)
		*ret = 512;
	return 0;
}

static int nv_read(struct ctguard_tpm *tpm, ESYS_TR object, size_t limit,
		   uint8_t **ret_data, size_t *ret_size,
		   struct ctguard_error *error)
{
	CTGUARD_ESYS TPM2B_NV_PUBLIC *public = NULL;
	CTGUARD_FREE uint8_t *data = NULL;
	ESYS_TR authority = object;
	uint32_t piece;
	size_t size;
	TSS2_RC rc;

	rc = Esys_NV_ReadPublic(tpm->esys, object, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, &public, NULL);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "NV_ReadPublic");
	if (!(public->nvPublic.attributes & TPMA_NV_WRITTEN))
		return 0;
	if (!(public->nvPublic.attributes & TPMA_NV_AUTHREAD))
		authority = ESYS_TR_RH_OWNER;
	size = public->nvPublic.dataSize;
	if (size > limit)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"TPM %s: NV index 0x%08x: %zu bytes, more than %zu",
			tpm->name, public->nvPublic.nvIndex, size, limit);
	if (nv_piece(tpm, &piece, error) < 0)
		return -1;
	data = ctguard_alloc_zeroed(size, 1);
	for (size_t at = 0; at < size;) {
		CTGUARD_ESYS TPM2B_MAX_NV_BUFFER *got = NULL;
		size_t want = size - at < piece ? size - at : piece;

		rc = Esys_NV_Read(tpm->esys, authority, object,
				  ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				  (UINT16)want, (UINT16)at, &got);
		if (rc)
			return ctguard_tpm_failed(tpm, rc, error, "NV_Read");
		if (!got->size || got->size > size - at)
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
						 "TPM %s: NV_Read: %u bytes",
						 tpm->name, got->size);
		memcpy(data + at, got->buffer, got->size);
		at += got->size;
	}
	*ret_data = data;
	*ret_size = size;
	data = NULL;
	return 1;
}

/**
 * ctguard_tpm_nv_read() - what is kept at an NV index
 * @tpm: of which
 * @index: of it
 * @limit: most bytes it may have
 * @ret_data: to be freed
 * @ret_size: its bytes
 * @error: set on failure
 *
 * Return: 1; 0 when there is no such index, or nothing in it; -1.
 */
int ctguard_tpm_nv_read(struct ctguard_tpm *tpm, uint32_t index, size_t limit,
			uint8_t **ret_data, size_t *ret_size,
			struct ctguard_error *error)
{
	ESYS_TR object;
	TSS2_RC rc;
	int r;

	rc = Esys_TR_FromTPMPublic(tpm->esys, index, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, &object);
	if (ctguard_tpm_absent(rc))
		return 0;
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "an NV index");
	r = nv_read(tpm, object, limit, ret_data, ret_size, error);
	Esys_TR_Close(tpm->esys, &object);
	return r;
}

/**
 * ctguard_tpm_nv_list() - which NV indices there are
 * @tpm: of which
 * @first: of the range
 * @last: of the range
 * @ret: the indices, ascending
 * @ret_count: room in @ret; then their number
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_nv_list(struct ctguard_tpm *tpm, uint32_t first, uint32_t last,
			uint32_t *ret, size_t *ret_count,
			struct ctguard_error *error)
{
	CTGUARD_ESYS TPMS_CAPABILITY_DATA *data = NULL;
	size_t count = 0;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_HANDLES, first,
				(UINT32)*ret_count, NULL, &data);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "its NV indices");
	for (uint32_t i = 0; i < data->data.handles.count; i++)
		if (data->data.handles.handle[i] <= last && count < *ret_count)
			ret[count++] = data->data.handles.handle[i];
	*ret_count = count;
	return 0;
}
