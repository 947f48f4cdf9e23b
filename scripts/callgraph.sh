#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks that nothing reachable from a verdict can sleep, allocate or reach a
# hooked function.
#	scripts/callgraph.sh			builds the module aside and checks it
#	scripts/callgraph.sh DIR		checks what is built in DIR
#	scripts/callgraph.sh --self-test [DIR]	shows that the check can fail
#
# The graph is gcc's own (-fcallgraph-info, after inlining), and the calls that
# the object code has beyond it, which are those of inline assembly. Roots are
# read off the sources:
#	verdict		callback() and the fast handlers in the table of hooks.c
#	sleeping	the sleeping handlers, which ctg_attach_sleep() calls
#	probe		what the tracepoints call, with interrupts off
#	interrupt	what irq_work and RCU call
# Whatever is reached and is not the module's must stand in its section of
# callgraph.allow, with the reason why it may be called; nothing may stand
# there that is not reached. An indirect call stands there as "indirect:CALLER".
set -euo pipefail

tree=$(readlink -f "$(dirname "$0")/..")
allow=$tree/scripts/callgraph.allow

# Prints the table of hooks: function, fast handler, sleeping handler or "-".
hooks() {
	awk '/ctg_hook table\[\]/ { on = 1; next }
		on && /^};/ { exit }
		on { sub(/\/\*.*\*\//, ""); text = text " " $0 }
		END {
			while (match(text, /[{][^}]*[}]/)) {
				row = substr(text, RSTART + 1, RLENGTH - 2)
				text = substr(text, RSTART + RLENGTH)
				gsub(/[ \t"]/, "", row)
				if (sub(/^CTG_ARCH_SYSCALL\(/, "__x64_sys_", row) ||
				    sub(/^CTG_ARCH_SYSCALL_32\(/, "__ia32_sys_", row))
					sub(/\)/, "", row)
				n = split(row, part, ",")
				print part[1], part[5], (n > 5 && part[6] && part[6] != "NULL" ? part[6] : "-")
			}
		}' "$1"
}

# Prints "SECTION FUNCTION" for every root.
roots() {
	local dir=$1
	echo "verdict callback"
	echo "sleeping ctg_attach_sleep"
	hooks "$dir/hooks.c" | awk '{ print "verdict", $2 } $3 != "-" { print "sleeping", $3 }'
	sed -n 's/.*\.name = "cgroup_[a-z]*", \.function = \([a-z_]*\).*/probe \1/p' "$dir"/*.c
	sed -n 's/.*call_rcu(&[^,]*, *\([a-z_]*\)).*/interrupt \1/p
		s/.*DEFINE_IRQ_WORK([a-z_]*, *\([a-z_]*\)).*/interrupt \1/p' "$dir"/*.c
}

# Prints "CALLER CALLEE" for every call; statics are named FILE:FUNCTION.
edges() {
	local dir=$1 object
	sed -n 's/^edge: { sourcename: "\([^"]*\)" targetname: "\([^"]*\)".*/\1 \2/p' "$dir"/*.ci |
		awk '{ sub(/^.*\//, "", $1); sub(/^.*\//, "", $2); sub(/^\*/, "", $2); print $1, $2 }'
	for object in "$dir"/*.o; do
		case $object in
		*/ctguard.o | *.mod.o | *thunk*) continue ;;
		esac
		objdump -dr --no-show-raw-insn "$object" |
			awk -v file="$(basename "$object" .o).c" '
				/^[0-9a-f]+ <.*>:$/ {
					name = substr($2, 2, length($2) - 3)
					sub(/\.cold$/, "", name)
				}
				/R_X86_64_(PLT32|PC32)/ && call {
					target = $3
					sub(/[-+]0x[0-9a-f]+$/, "", target)
					if (target !~ /^\./)
						print "object:" file ":" name, target
				}
				{ call = $2 ~ /^(call|jmp|j[a-z]+)/ }'
	done
}

# Walks from the roots, and judges what is reached.
check() {
	local dir=$1 extra=${2:-}
	{
		sed -n 's/^node: { title: "\([^"]*\)".*shape : ellipse.*/declared \1/p; t
			s/^node: { title: "\([^"]*\)".*/node \1/p' "$dir"/*.ci |
			awk '{ sub(/^.*\//, "", $2); print }'
		edges "$dir" | awk '{ print "edge", $1, $2 }'
		roots "$dir" | awk '{ print "root", $1, $2 }'
		hooks "$dir/hooks.c" | awk '{ print "hook", $1 }'
		awk '/^\[/ { section = substr($1, 2, length($1) - 2); next }
			/^[^#]/ { print "allow", section, $1, (NF > 1 ? "yes" : "no") }' "$allow"
		echo "$extra"
	} | awk '
		function plain(name) { sub(/^.*:/, "", name); sub(/\..*$/, "", name); return name }
		function complain(text) { print "not ok " text; failed = 1 }
		# Compiled into other functions, or by the compiler itself.
		function is_nothing(name) {
			return name ~ /^__x86_(indirect|return)_thunk/ || name == "__fentry__"
		}
		function walk(node, section, path,    i, n, list, to) {
			if ((section, node) in reached)
				return
			reached[section, node] = 1
			n = split(calls[node], list, " ")
			for (i = 1; i <= n; i++) {
				to = list[i]
				if (to == "__indirect_call")
					outside("indirect:" plain(node), section, path " > " plain(node))
				else if (to in own)
					walk(to, section, path " > " plain(node))
				else
					outside(to, section, path " > " plain(node))
			}
		}
		function outside(name, section, path) {
			if (is_nothing(name) || (section, name) in told)
				return
			told[section, name] = 1
			count[section]++
			if (name in hooked)
				complain(section ": hooked function " name " is reached:" path)
			else if (section == "verdict" && name ~ allocates)
				complain(section ": allocates by " name ":" path)
			else if (section != "sleeping" && name ~ sleeps && name !~ /_nofault$/)
				complain(section ": sleeps in " name ":" path)
			else if (!((section, name) in allowed))
				complain(section ": " name " is not in callgraph.allow:" path)
			used[section, name] = 1
		}
		BEGIN {
			allocates = "^_*(k[mvz]+alloc|kvmalloc|kstrdup|kmemdup|kmem_cache_alloc|vmalloc|vzalloc|alloc_|__alloc|get_free_page)"
			sleeps = "^_*(mutex_lock|down_(read|write|killable|interruptible)|down$|schedule$|schedule_timeout|cond_resched|might_(sleep|fault|resched)|wait_|msleep|usleep|synchronize_|flush_|cancel_work|cancel_delayed|copy_(from|to)_user|get_user|put_user|strncpy_from_user|rt_)"
		}
		$1 == "node" { own[$2] = 1; ids[plain($2)] = ids[plain($2)] " " $2; next }
		$1 == "declared" { next }
		$1 == "edge" && $2 ~ /^object:/ {
			sub(/^object:/, "", $2)
			split($2, at, ":")
			late[++lates] = at[2] in own ? at[2] " " $3 : $2 " " $3
			next
		}
		$1 == "edge" { calls[$2] = calls[$2] " " $3; next }
		$1 == "root" { root[++roots] = $2 " " $3; next }
		$1 == "hook" { hooked[$2] = 1; hooks++; next }
		$1 == "allow" {
			if (($2, $3) in allowed)
				complain($2 ": " $3 " stands twice in callgraph.allow")
			if ($4 == "no")
				complain($2 ": " $3 " stands in callgraph.allow without a reason")
			allowed[$2, $3] = 1
			next
		}
		END {
			for (i = 1; i <= lates; i++) {
				split(late[i], part, " ")
				calls[part[1]] = calls[part[1]] " " part[2]
			}
			if (hooks < 20)
				complain("table of hooks.c was not understood: " hooks + 0 " rows")
			for (i = 1; i <= roots; i++) {
				split(root[i], part, " ")
				sections[part[1]] = 1
				# The compiler may have made several of one, or none.
				n = split(ids[part[2]], list, " ")
				if (!n)
					complain(part[1] ": root " part[2] " is not in the graph")
				for (j = 1; j <= n; j++)
					walk(list[j], part[1], "")
			}
			for (key in allowed) {
				split(key, part, SUBSEP)
				if (!(key in used))
					complain(part[1] ": " part[2] " is in callgraph.allow and never reached")
			}
			n = split("verdict sleeping probe interrupt", list, " ")
			for (i = 1; i <= n; i++) {
				if (!(list[i] in sections))
					complain(list[i] ": no roots were found")
				reach = 0
				for (key in reached) {
					split(key, part, SUBSEP)
					reach += part[1] == list[i]
				}
				printf "# %s: %d functions of the module reach %d others\n", list[i], reach, count[list[i]]
			}
			exit failed
		}'
}

build() {
	local kdir dir=$tree/build/lint/callgraph
	kdir=${KDIR:-$("$tree/scripts/kdir.sh")}
	rm -rf "$dir"
	mkdir -p "$dir/kmod"
	cp -r "$tree/Kbuild" "$tree/include" "$dir/"
	(cd "$tree/kmod" && cp -r ./*.[chS] Kbuild compat "$dir/kmod/")
	rm -f "$dir/kmod/ctguard.mod.c"
	make -s -C "$kdir" M="$dir" KCFLAGS=-fcallgraph-info modules >"$dir/log" 2>&1 || {
		cat "$dir/log" >&2
		exit 1
	}
	echo "$dir/kmod"
}

# Each fake must be found out.
self_test() {
	local dir=$1 failed=0 said
	expect() { # what is expected, record to add
		said=$(check "$dir" "$2") || true
		if grep -q "^not ok $1" <<<"$said"; then
			echo "ok - found out: $2"
		else
			echo "not ok - not found out: $2"
			failed=1
		fi
	}
	expect "verdict: allocates by __kmalloc" "edge ctg_decide __kmalloc"
	expect "verdict: sleeps in mutex_lock" "edge ctg_hook_module_request mutex_lock"
	expect "verdict: sleeps in __might_resched" "edge ctg_glob_match __might_resched"
	expect "probe: sleeps in schedule" "edge container.c:on_rmdir schedule"
	expect "verdict: hooked function security_file_open" "edge ctg_object_path_begin security_file_open"
	expect "sleeping: hooked function genl_bind" "edge ctg_container_label genl_bind"
	expect "verdict: indirect:ctg_decide is not" "edge ctg_decide __indirect_call"
	expect "verdict: some_function is not" "edge object:decide.c:ctg_decide some_function"
	expect "verdict: old_function is in callgraph.allow and never" "allow verdict old_function yes"
	expect "verdict: strlen stands twice" "allow verdict strlen yes"
	expect "verdict: new_function stands in callgraph.allow without" "allow verdict new_function no"
	expect "verdict: root renamed_handler is not" "root verdict renamed_handler"
	return $failed
}

case ${1:-} in
--self-test)
	self_test "${2:-$(build)}"
	;;
*)
	dir=${1:-$(build)}
	if check "$dir"; then
		echo "ok - nothing reachable from a verdict sleeps, allocates or reaches a hook"
	else
		exit 1
	fi
	;;
esac
