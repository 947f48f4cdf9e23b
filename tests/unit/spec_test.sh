#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Documentation/netlink/specs/ctguard.yaml says what <ctguard/ctguard.h> says:
# each side is made a list, and the lists are compared, so that neither has
# what the other lacks.
set -u

cd "$(dirname "$0")/../.." || exit 1
header=${1:-include/uapi/ctguard/ctguard.h}
spec=${2:-Documentation/netlink/specs/ctguard.yaml}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
tests=0 failed=0

claim() { # what, file, file
	tests=$((tests + 1))
	if [ ! -s "$2" ]; then
		echo "# nothing was found in one of them"
	elif diff "$2" "$3" > "$tmp/diff"; then
		echo "ok $tests - $1"
		return
	fi
	sed 's/^/# /' "$tmp/diff" 2> /dev/null
	echo "not ok $tests - $1"
	failed=$((failed + 1))
}

# "enum number NAME" for each entry, but for counts that begin with "__".
awk '/^enum [a-z_]+ \{/ { name = $2; n = 0; next }
	/^\}/ { name = "" }
	name && $1 ~ /^CTGUARD_[A-Z0-9_]+,$/ {
		sub(",", "", $1)
		print name, n++, $1
	}' "$header" | sort -k 1,1 -k 2,2n > "$tmp/header"
awk 'function upper(s) { gsub("-", "_", s); return toupper(s) }
	function lower(s) { gsub("-", "_", s); return s }
	/^[a-z-]+:/ { part = $1; next }
	$1 == "name-prefix:" { prefix = upper($2) }
	$1 == "enum-name:" {
		name = lower($2)
		n = 0
		# Number 0 of these is nothing to be sent.
		if (part != "definitions:")
			print name, n++, prefix "UNSPEC"
	}
	$1 == "subset-of:" { name = "" }
	$1 == "-" && $2 == "name:" {
		depth = match($0, "-") - 1
		if ((part == "definitions:" && depth == 2) ||
		    part == "mcast-groups:")
			name = ""
		gsub("\047", "", $3)
		if (name && ((part == "operations:" && depth == 4) ||
			     (part != "operations:" && depth == 6)))
			print name, n++, prefix upper($3)
	}' "$spec" | sort -k 1,1 -k 2,2n > "$tmp/spec"
claim 'enums, attributes and commands have the same names and numbers' \
	"$tmp/header" "$tmp/spec"

# "NAME type" of attributes, as the comments of the header begin.
sed -n 's/^ \* @CTGUARD_A_\([A-Z0-9_]*\): \(u32\|u64\|string\|flag\|nest\).*/\1 \2/p
	s/^ \* @CTGUARD_A_\([A-Z0-9_]*\): \(bytes\|32 bytes\|at most\).*/\1 binary/p' \
	"$header" > "$tmp/header"
awk '/^[a-z-]+:/ { part = $1 }
	$1 == "subset-of:" { part = "" }
	part == "attribute-sets:" && $1 == "-" { name = $3 }
	part == "attribute-sets:" && $1 == "type:" && $2 != "pad" {
		gsub("-", "_", name)
		print toupper(name), $2
	}' "$spec" > "$tmp/spec"
claim 'attributes have the same types' "$tmp/header" "$tmp/spec"

# "NAME value" of constants, the header's as the compiler sees them.
awk '/^[a-z-]+:/ { part = $1 }
	part == "definitions:" && $1 == "-" { name = $3 }
	part == "definitions:" && $1 == "value:" {
		gsub("-", "_", name)
		print toupper(name), $2
	}' "$spec" > "$tmp/spec"
{
	echo '#include <stdio.h>'
	echo '#include <ctguard/ctguard.h>'
	echo 'int main(void) {'
	cut -d ' ' -f 1 "$tmp/spec" |
		sed 's/.*/printf("%s %llu\\n", "&", (unsigned long long)&);/'
	echo '}'
} > "$tmp/values.c"
mkdir -p "$tmp/include/ctguard"
cp "$header" "$tmp/include/ctguard/ctguard.h"
"${CC:-cc}" -I"$tmp/include" -o "$tmp/values" "$tmp/values.c" &&
	"$tmp/values" > "$tmp/header"
claim 'constants of the specification have the values of the header' \
	"$tmp/header" "$tmp/spec"

# And the other way: constants that are numbers of the messages, not of the
# compiled policy, which netlink does not look into.
sed -n '/^#define CTGUARD_\(TLV\|GROUP\|PROFILE\|OWN\|RULE\|IMAGE\|REQUIRE\|PROGRAM\)[_ ]/d
	/^#define CTGUARD_\(GENL\|MCGRP\|POLICY_MAGIC\|POLICY_VERSION\|DEV_ALL\)/d
	/^#define CTGUARD_[A-Z0-9_]*_MAX (__/d
	s/^#define \(CTGUARD_[A-Z0-9_]*\) .*/\1/p' "$header" | sort > "$tmp/header"
cut -d ' ' -f 1 "$tmp/spec" | sort > "$tmp/names"
claim 'no constant of the messages is left out of the specification' \
	"$tmp/header" "$tmp/names"

# Lists of attributes name what there is.
awk '$1 == "-" && NF == 2 { print $2 }' "$spec" | sort -u > "$tmp/used"
awk '/^[a-z-]+:/ { part = $1 }
	part == "attribute-sets:" && $1 == "-" { print $3 }' "$spec" |
	sort -u > "$tmp/known"
comm -12 "$tmp/used" "$tmp/known" > "$tmp/both"
claim 'requests and replies name attributes that exist' "$tmp/used" "$tmp/both"

echo "1..$tests"
[ "$failed" = 0 ]
