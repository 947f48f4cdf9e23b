#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Prints kmod/baseline.h: the compiled form of policies/baseline.yaml, which is
# the policy that the module has built in.
#	scripts/baseline.sh > kmod/baseline.h
set -eu

cd "$(dirname "$0")/.."
ctl=${CTGUARDCTL:-build/ctguardctl}
blob=$(mktemp)
trap 'rm -f "$blob"' EXIT
"$ctl" policy compile policies/baseline.yaml > "$blob"

cat <<END
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The built-in policy: policies/baseline.yaml as scripts/baseline.sh compiles
 * it. sha256: $(sha256sum < "$blob" | cut -d ' ' -f 1)
 */
static const unsigned char ctg_baseline[] = {
END
od -An -v -tx1 -w12 "$blob" | sed 's/ \(..\)/0x\1, /g; s/ $//; s/^/\t/'
echo '};'
