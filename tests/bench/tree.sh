#!/bin/bash
# Writes a small C tree that builds as the kernel's does: make in each
# directory, its objects linked to one, these to one.
#
# Usage: tree.sh DIRECTORY
set -euo pipefail

mkdir -p "$1"
cd "$1"
directories=(init kernel mm fs)

mkdir include
for i in {1..8}; do
	{
		echo "#ifndef HEADER_$i"
		echo "#define HEADER_$i"
		for n in {1..40}; do
			echo "struct thing_${i}_$n { struct thing_${i}_$n *next; unsigned long key; int value[4]; };"
		done
		echo "static inline int half_$i(int x) { return x / 2 + $i; }"
		echo "#endif"
	} >"include/header$i.h"
done

for directory in "${directories[@]}"; do
	mkdir "$directory"
	for i in {1..6}; do
		printf '#include <header%d.h>\n' {1..8}
		for n in {1..10}; do
			cat <<-END
			int ${directory}_${i}_$n(struct thing_${i}_$n *t, int x)
			{
				int i, sum = half_$i(x);

				for (i = 0; t && i < 4; i++, t = t->next)
					sum += t->value[i] * (t->key == $n ? 3 : 5);
				return sum;
			}
			END
		done
	done | awk -v d="$directory" '/header1\.h/ { file = d "/file" ++n ".c" } { print >file }'
	printf 'objects :=%s\n' "$(printf ' file%d.o' {1..6})" >"$directory/Makefile"
done

cat >Makefile <<'END'
directories := init kernel mm fs
all: vmlinux.o
vmlinux.o: $(directories:=/built-in.o)
	$(CC) -nostdlib -r -o $@ $^
$(directories:=/built-in.o): %/built-in.o:
	$(MAKE) -f build.mk directory=$*
clean:
	rm -f vmlinux.o */*.o
.PHONY: all clean
END
cat >build.mk <<'END'
include $(directory)/Makefile
$(directory)/built-in.o: $(addprefix $(directory)/,$(objects))
	$(CC) -nostdlib -r -o $@ $^
$(directory)/%.o: $(directory)/%.c
	$(CC) -nostdinc -Iinclude -c -o $@ $<
END
