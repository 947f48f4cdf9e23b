// SPDX-License-Identifier: GPL-2.0
/* Tests of the reader, the compiler and the writer of policies. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ctguard/ctguard.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/compile.h"
#include "../../userspace/lib/diagnostics.h"
#include "../../userspace/lib/diff.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/escape.h"
#include "../../userspace/lib/file.h"
#include "../../userspace/lib/policy.h"
#include "../../userspace/lib/reader.h"
#include "../../userspace/lib/words.h"
#include "../../userspace/lib/writer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static unsigned int tests, failed;

static void claim(bool holds, const char *name)
{
	failed += !holds;
	printf("%sok %u - %s\n", holds ? "" : "not ", ++tests, name);
}

/* Lines 1 to 5; what follows is of the profile p. */
#define BARE "ctguard: 1\nmode: enforce\ndefault: p\nprofiles:\n  p:\n"
/* What most tests have nothing to say of. */
#define NAMES \
	"    kernel: unrestricted\n    tasks: unrestricted\n    mounts: unrestricted\n"
/* Lines 1 to 8. */
#define HEAD BARE NAMES
#define MODULES "    modules: unrestricted\n"
#define DEVICES "    devices: unrestricted\n"
#define PSEUDOFS "    pseudofs: unrestricted\n"
#define ALL MODULES DEVICES PSEUDOFS
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

#define A16 "0123456789abcdef"
#define A64 A16 A16 A16 A16
#define B64 A16 A16 A16 "fedcba9876543210"
#define C64 A16 A16 "fedcba9876543210fedcba9876543210"
#define U64 A16 A16 A16 "0123456789ABCDEF"
#define APPROVED "    images: {require: approved}\n"
/* Profiles that require images are not for namespaces. */
#define FREE "guard: {namespaces: {pid: none}}\n"

/* Faults: how the line of each begins, in the order of the file. */
static const struct {
	const char *claim;
	const char *yaml;
	const char *faults;
} rows[] = {
	{ "a policy needs no more than this", HEAD ALL, "" },
	{ "nothing is no policy", "",
	  "1:1: found nothing, expected a policy\n" },
	{ "comments are no policy", "# x\n", "1:1: found nothing" },
	{ "a list is no policy", "- a\n",
	  "1:1: found a list, expected a policy" },
	{ "every key that must be there is named", "bind: []\n",
	  "1:1: found no \"ctguard\", expected \"ctguard: 1\"\n"
	  "1:1: found no \"mode\", expected \"mode: enforce\" or\n"
	  "1:1: found no \"default\"\n"
	  "1:1: found no \"profiles\"\n" },
	{ "another version is refused",
	  "ctguard: 2\nmode: enforce\ndefault: p\nprofiles:\n  p:\n" ALL NAMES,
	  "1:10: found \"2\", expected 1, the version" },
	{ "another mode is refused",
	  "ctguard: 1\nmode: enforcing\ndefault: p\nprofiles:\n  p:\n" ALL NAMES,
	  "2:7: found \"enforcing\", expected enforce or complain" },
	{ "an unknown key is named, with the one meant", HEAD ALL "bnid: []\n",
	  "12:1: found unknown key \"bnid\", expected ctguard, mode, guard, default, profiles, bind, images or claimants; did you mean \"bind\"?" },
	{ "an unknown key far from all is not guessed at",
	  HEAD ALL "completely: []\n",
	  "12:1: found unknown key \"completely\", expected ctguard, mode, guard, default, profiles, bind, images or claimants\n" },
	{ "a key stands once", HEAD ALL "mode: enforce\n",
	  "12:1: found \"mode\" again, expected it once: it stands on line 2 already" },
	{ "a merge key is refused with advice", HEAD "    <<: {}\n" ALL,
	  "9:5: found the merge key \"<<\", expected none: write the keys out, or let a profile inherit" },
	{ "a tag is refused", HEAD ALL "guard: !x {}\n",
	  "12:8: found the tag \"!x\", expected none" },
	{ "what is not YAML is told with its place", HEAD "   ]",
	  "9:4: found what is not YAML: " },
	{ "an open bracket is told with where it opened", "a: [\nb: c\n",
	  "3:1: found what is not YAML: did not find expected ',' or ']', while parsing a flow sequence that begins on line 1" },
	{ "bytes that are not UTF-8 are told with their place",
	  "ctguard: 1\nmode: \xff\n",
	  "2:7: found bytes that are not text (invalid leading UTF-8 octet), expected UTF-8" },
	{ "control characters are told with their place", "a: \x01",
	  "1:4: found bytes that are not text (control characters are not allowed)" },
	{ "a NUL does not hide what follows",
	  HEAD ALL "guard: {cgroups: [\"/a\\0b\"]}\n",
	  "12:19: found \"/a\\x00b\", expected a pattern of paths" },
	{ "one file holds one policy", HEAD ALL "---\na: b\n",
	  "13:1: found another document, expected one policy in a file" },
	{ "an alias without an anchor is told", HEAD "    modules: *x\n",
	  "9:14: found what is not YAML: found undefined alias" },
	{ "a complex key is refused", HEAD ALL "? [a]\n: b\n",
	  "12:3: found a list, expected a key" },
	{ "keys are not compared by a part",
	  HEAD ALL "guard: {except: [], exce: []}\n",
	  "12:21: found unknown key \"exce\"" },

	{ "the default is a profile of the file",
	  "ctguard: 1\nmode: enforce\ndefault: q\nprofiles:\n  p:\n" ALL NAMES,
	  "3:10: found \"q\", expected a profile of this file\n" },
	{ "a profile slightly misspelt is guessed",
	  "ctguard: 1\nmode: enforce\ndefault: basline\nprofiles:\n  baseline:\n" ALL
		  NAMES,
	  "3:10: found \"basline\", expected a profile of this file; did you mean \"baseline\"?" },
	{ "a profile that nothing uses is told", HEAD ALL "  q:\n" ALL NAMES,
	  "12:3: found profile \"q\" that nothing uses, expected it in default, guard.namespaces, bind or inherit" },
	{ "a profile is used by a namespace",
	  HEAD ALL "  q:\n" ALL NAMES "guard: {namespaces: {user: q}}\n", "" },
	{ "a profile is used by a binding",
	  HEAD ALL "  q:\n" ALL NAMES "bind: [{cgroup: /x, profile: q}]\n",
	  "" },
	{ "a profile is used by who inherits",
	  HEAD "    inherit: q\n  q:\n" ALL NAMES, "" },
	{ "inheriting from oneself uses nothing",
	  HEAD ALL "  q: {inherit: q}\n",
	  "12:3: found profile \"q\" that nothing uses\n"
	  "12:16: found \"q\", expected a profile that does not inherit from \"q\" itself" },
	{ "a circle of inheritance is told",
	  HEAD "    inherit: q\n  q: {inherit: r}\n  r: {inherit: p}\n",
	  "11:16: found \"p\", expected a profile that does not inherit from \"r\" itself" },
	{ "a profile stands once", HEAD ALL "  p:\n" ALL,
	  "12:3: found \"p\" again, expected it once: it stands on line 5 already" },
	{ "no profile is called none", HEAD ALL "  none: {}\n",
	  "12:3: found \"none\", expected another name" },
	{ "none is the lack of a profile",
	  HEAD ALL
	  "guard: {namespaces: {pid: none, user: none, cgroup: none}}\n",
	  "" },
	{ "a name has a length", HEAD ALL "  " X64 ": {}\n",
	  "12:3: found \"" X64 "\", expected a name of at most 63 letters" },
	{ "a name has no blanks", HEAD ALL "  a b: {}\n",
	  "12:3: found \"a b\", expected a name" },
	{ "groups that are absent are all told", BARE "    complain: true\n",
	  "5:3: found no \"modules\" in profile \"p\", expected its rules; to leave them free write \"modules: unrestricted\"\n"
	  "5:3: found no \"devices\" in profile \"p\"\n"
	  "5:3: found no \"pseudofs\" in profile \"p\"\n"
	  "5:3: found no \"kernel\" in profile \"p\"\n"
	  "5:3: found no \"tasks\" in profile \"p\"\n"
	  "5:3: found no \"mounts\" in profile \"p\"\n" },
	{ "what only is inherited may lack groups",
	  HEAD "    inherit: q\n" MODULES DEVICES "  q:\n" PSEUDOFS, "" },
	{ "a boolean is true or false", HEAD "    complain: yes\n" ALL,
	  "9:15: found \"yes\", expected true or false" },
	{ "a profile is a mapping",
	  "ctguard: 1\nmode: enforce\ndefault: p\nprofiles:\n  p: x\n",
	  "5:3: found no \"modules\"\n5:3: found no \"devices\"\n5:3: found no \"pseudofs\"\n"
	  "5:3: found no \"kernel\"\n5:3: found no \"tasks\"\n5:3: found no \"mounts\"\n"
	  "5:6: found \"x\", expected a mapping with modules, devices, pseudofs, kernel, tasks, mounts and images" },
	{ "a group is a mapping or a word",
	  HEAD "    modules: free\n" DEVICES PSEUDOFS,
	  "9:14: found \"free\", expected a mapping of rules, or \"unrestricted\"" },
	{ "a group that says nothing is told",
	  HEAD "    modules:\n" DEVICES PSEUDOFS,
	  "9:13: found nothing, expected a mapping of rules, or \"unrestricted\"" },

	{ "a switch is allow or deny",
	  HEAD "    modules: {load: true}\n" DEVICES PSEUDOFS,
	  "9:21: found \"true\", expected allow or deny" },
	{ "autoload is a list",
	  HEAD "    modules: {autoload: x}\n" DEVICES PSEUDOFS,
	  "9:25: found \"x\", expected a list of patterns of module names" },
	{ "a rule stands once",
	  HEAD
	  "    modules:\n      autoload:\n      - a\n      - b\n      - a\n" DEVICES
		  PSEUDOFS,
	  "13:9: found \"a\" again, expected each rule once: it stands on line 11 already" },
	{ "all faults of a file are told in one run",
	  HEAD
	  "    modules: {load: 1, unload: 2}\n    devices: {allow: [x]}\n    pseudofs: 3\n",
	  "9:21: found \"1\"\n9:32: found \"2\"\n10:23: found \"x\"\n11:15: found \"3\"\n" },

	{ "devices are written as OCI and cgroups write them",
	  HEAD MODULES
	  "    devices: {allow: [c 1:3 rwm, b *:* r, a *:* rwm, c 1:* m, a 1:3 r]}\n" PSEUDOFS,
	  "" },
	{ "devices are written as mappings",
	  HEAD MODULES
	  "    devices: {allow: [{type: c, major: 1, minor: 3, access: rwm}, {type: b, access: r}]}\n" PSEUDOFS,
	  "" },
	{ "a device has one of three types",
	  HEAD MODULES "    devices: {allow: [d 1:3 r]}\n" PSEUDOFS,
	  "10:23: found \"d 1:3 r\", expected \"TYPE MAJOR:MINOR ACCESS\"" },
	{ "a device has an access",
	  HEAD MODULES
	  "    devices: {allow: [c 1:3, \"c 1:3 \", c 1:3 x, c 1:3 rr]}\n" PSEUDOFS,
	  "10:23: found \"c 1:3\"\n10:30: found \"c 1:3 \"\n10:40: found \"c 1:3 x\"\n10:49: found \"c 1:3 rr\"\n" },
	{ "a device has numbers the kernel has",
	  HEAD MODULES
	  "    devices: {allow: [c 4096:0 r, c 0:1048576 r, c -1:0 r, c :0 r, c 1 r, c 99999999999:1 r]}\n" PSEUDOFS,
	  "10:23: found\n10:35: found\n10:50: found\n10:60: found\n10:68: found\n10:75: found\n" },
	{ "all majors with one minor are refused",
	  HEAD MODULES "    devices: {allow: [\"c *:3 r\"]}\n" PSEUDOFS,
	  "10:23: found \"c *:3 r\", expected a major number with a minor number, or \"*:*\"" },
	{ "the same device in other words stands twice",
	  HEAD MODULES
	  "    devices: {allow: [c 1:3 rwm, {type: c, major: 1, minor: 3, access: mwr}]}\n" PSEUDOFS,
	  "10:34: found \"c 1:3 rwm\" again" },
	{ "a device with another access is another rule",
	  HEAD MODULES "    devices: {allow: [c 1:3 r, c 1:3 w]}\n" PSEUDOFS,
	  "" },
	{ "devices are written by the name of their driver",
	  HEAD MODULES
	  "    devices: {allow: [\"char-nvidia*:* rw\", c 1:3 r, block-x m, \"char-a b:* r\", \"char-/dev/tty:* w\"]}\n" PSEUDOFS,
	  "" },
	{ "all minors go without saying",
	  HEAD MODULES
	  "    devices: {allow: [\"char-x:* rw\", char-x rw]}\n" PSEUDOFS,
	  "10:38: found \"char-x:* rw\" again, expected each rule once: it stands on line 10 already" },
	{ "the same name with another access or type is another rule",
	  HEAD MODULES
	  "    devices: {allow: [char-x r, char-x w, block-x r]}\n" PSEUDOFS,
	  "" },
	{ "a driver's device has an access",
	  HEAD MODULES
	  "    devices: {allow: [char-x, \"char-x:*\", char-x rx, char-x rr, \"char-x:* \"]}\n" PSEUDOFS,
	  "10:23: found \"char-x\", expected \"TYPE MAJOR:MINOR ACCESS\"\n10:31: found\n10:43: found\n10:54: found\n10:65: found\n" },
	{ "a driver has a name",
	  HEAD MODULES
	  "    devices: {allow: [char- r, \"char-:* r\", disk-x r]}\n" PSEUDOFS,
	  "10:23: found \"char- r\", expected a pattern: \n10:45: found \"disk-x r\", expected \"TYPE\n" },
	{ "the name of a driver is a pattern",
	  HEAD MODULES "    devices: {allow: [\"char-[a]:* r\"]}\n" PSEUDOFS,
	  "10:23: found \"char-[a]:* r\", expected a pattern: '[' begins neither" },
	{ "a device in a mapping needs type and access",
	  HEAD MODULES "    devices: {allow: [{major: 3}]}\n" PSEUDOFS,
	  "10:23: found no \"type\"\n10:23: found no \"access\"\n" },

	{ "paths are rules with and without a condition",
	  HEAD MODULES DEVICES
	  "    pseudofs: {allow: {proc: [/a, {path: /b}, {path: /b, when: own}]}}\n",
	  "" },
	{ "a condition is one of the words",
	  HEAD MODULES DEVICES
	  "    pseudofs: {allow: {proc: [{path: /a, when: mine}]}}\n",
	  "11:48: found \"mine\", expected any, own, own-net, own-ipc, own-uts or own-user" },
	{ "a path rule has a path",
	  HEAD MODULES DEVICES "    pseudofs: {allow: {proc: [{when: own}]}}\n",
	  "11:31: found no \"path\"" },
	{ "reads are not denied by ownership",
	  HEAD MODULES DEVICES
	  "    pseudofs: {deny-read: {proc: own, sysfs: [{path: /x}]}}\n",
	  "11:34: found \"own\", expected a list of patterns, or \"any\"\n"
	  "11:47: found a mapping, expected a pattern of paths" },
	{ "a filesystem stands once in a list",
	  HEAD MODULES DEVICES
	  "    pseudofs: {allow: {proc: own, proc: any}}\n",
	  "11:35: found \"proc\" again" },
	{ "a filesystem may stand in both lists",
	  HEAD MODULES DEVICES
	  "    pseudofs: {allow: {proc: own}, deny-read: {proc: any}}\n",
	  "" },
	{ "a filesystem has a name",
	  HEAD MODULES DEVICES "    pseudofs: {allow: {\"a/b\": own}}\n",
	  "11:24: found \"a/b\", expected the type of a filesystem" },

	{ "kernel interfaces, tasks and mounts are lists of names",
	  BARE ALL
	  "    kernel: {allow: [\"bpf/*\", {name: x, when: any}, {name: x, when: own}]}\n"
	  "    tasks: {complain: true, allow: [ptrace/read]}\n    mounts: {allow: []}\n",
	  "" },
	{ "kernel interfaces have a condition of two words",
	  BARE ALL
	  "    kernel: {allow: [{name: x, when: own-net}, {name: y, when: mine}]}\n"
	  "    tasks: {}\n    mounts: {}\n",
	  "9:38: found \"own-net\", expected any or own\n9:64: found \"mine\", expected any or own\n" },
	{ "a rule of kernel interfaces has a name",
	  BARE ALL
	  "    kernel: {allow: [{when: own}, {path: x}, [x]]}\n    tasks: {}\n    mounts: {}\n",
	  "9:22: found no \"name\", expected a pattern of names\n"
	  "9:35: found no \"name\"\n9:36: found unknown key \"path\", expected name or when\n"
	  "9:46: found a list, expected a pattern of names\n" },
	{ "tasks and mounts have no condition",
	  BARE ALL
	  "    kernel: {}\n    tasks: {allow: [{name: x, when: own}]}\n    mounts: {allow: [{name: x}]}\n",
	  "10:21: found a mapping, expected a pattern of names\n11:22: found a mapping, expected a pattern of names\n" },
	{ "a name stands once in its group",
	  BARE ALL
	  "    kernel: {allow: [x, {name: x}]}\n    tasks: {allow: [x, y, x]}\n    mounts: {allow: [x]}\n",
	  "9:32: found \"x\" again, expected each rule once: it stands on line 9 already\n10:27: found \"x\" again" },
	{ "a group of names has two keys",
	  BARE ALL
	  "    kernel: {alow: []}\n    tasks: {deny: []}\n    mounts: x\n",
	  "9:14: found unknown key \"alow\", expected complain or allow; did you mean \"allow\"?\n"
	  "10:13: found unknown key \"deny\"\n"
	  "11:13: found \"x\", expected a mapping of rules, or \"unrestricted\"\n" },
	{ "names are patterns",
	  BARE ALL
	  "    kernel: {allow: [\"{x}\"]}\n    tasks: {allow: x}\n    mounts: {allow: [\"\"]}\n",
	  "9:22: found \"{x}\", expected a pattern: '{' does not begin '{id}'\n"
	  "10:20: found \"x\", expected a list of patterns of names\n"
	  "11:22: found \"\", expected a pattern of names\n" },

	{ "a path pattern begins with a slash",
	  HEAD ALL "guard: {cgroups: [a]}\n",
	  "12:19: found \"a\", expected a pattern: path pattern does not begin with '/'" },
	{ "brackets have two uses",
	  HEAD ALL "guard: {cgroups: [\"/[a-z]\", \"/[0-9]\", \"/[pid]\"]}\n",
	  "12:19: found \"/[a-z]\", expected a pattern: '[' begins neither" },
	{ "braces have one use",
	  HEAD ALL "guard: {cgroups: [\"/{a,b}\", \"/{id}\"]}\n",
	  "12:19: found \"/{a,b}\", expected a pattern: '{' does not begin '{id}'" },
	{ "stars come in ones and twos",
	  HEAD ALL "guard: {cgroups: [\"/***\", \"/**\", \"/*\"]}\n",
	  "12:19: found \"/***\", expected a pattern: more than two '*' in a row" },
	{ "a backslash takes something",
	  HEAD ALL "guard: {cgroups: ['/a\\']}\n",
	  "12:19: found \"/a\\\", expected a pattern: pattern ends in a lone backslash" },
	{ "patterns are ASCII", HEAD ALL "guard: {cgroups: [\"/\u00e9\"]}\n",
	  "12:19: found \"/\\xc3\\xa9\", expected a pattern: byte that is not printable ASCII" },
	{ "patterns have a length",
	  HEAD ALL "guard: {cgroups: [/" X64 X64 X64 X64 "]}\n",
	  "12:19: found \"/" },
	{ "a binding has a pattern and a profile",
	  HEAD ALL "bind: [{cgroup: /x}, {profile: p}, x]\n",
	  "12:8: found no \"profile\"\n12:22: found no \"cgroup\"\n12:36: found \"x\", expected {cgroup: PATTERN, profile: NAME}" },
	{ "a cgroup is bound once",
	  HEAD ALL
	  "bind: [{cgroup: /x, profile: p}, {cgroup: /x, profile: p}]\n",
	  "12:43: found \"/x\" again" },
	{ "a namespace is one of three",
	  HEAD ALL "guard: {namespaces: {net: p}}\n",
	  "12:22: found unknown key \"net\", expected pid, user or cgroup" },

	{ "a profile may require images", HEAD ALL APPROVED FREE, "" },
	{ "what is required is one of three",
	  HEAD ALL "    images: {require: signed}\n" FREE,
	  "12:23: found \"signed\", expected none, measured or approved" },
	{ "a level is one of four",
	  HEAD ALL "    images: {require: approved, level: 4}\n" FREE,
	  "12:40: found \"4\", expected a level: 0, 1, 2 or 3" },
	{ "no level is written in letters or in more digits",
	  HEAD ALL "    images: {require: approved, level: 03}\n" FREE,
	  "12:40: found \"03\", expected a level" },
	{ "a program comes from the image or from anywhere",
	  HEAD ALL "    images: {require: approved, program: upper}\n" FREE,
	  "12:42: found \"upper\", expected image or any" },
	{ "images have keys of their own",
	  HEAD ALL "    images: {requires: approved, allow: []}\n" FREE,
	  "12:14: found unknown key \"requires\", expected complain, require, level or program; did you mean \"require\"?\n"
	  "12:34: found unknown key \"allow\"\n" },
	{ "images are not left unrestricted by a word",
	  HEAD ALL "    images: unrestricted\n" FREE,
	  "12:13: found \"unrestricted\", expected a mapping, as {require: approved, level: 2}" },
	{ "a level needs something to be of",
	  HEAD ALL "    images: {require: measured, level: 2}\n" FREE,
	  "12:13: found \"level\" in the images of profile \"p\", expected \"require: approved\" with it" },
	{ "so does where a program comes from",
	  HEAD ALL "    images: {program: any}\n" FREE,
	  "12:13: found \"program\" in the images of profile \"p\"" },
	{ "an heir that requires less must not keep the level",
	  HEAD ALL
	  "    images: {require: none, level: 1}\n    inherit: q\n  q: {images: {require: approved}}\n" FREE,
	  "12:13: found \"level\" in the images of profile \"p\"" },
	{ "a namespace's profile requires no images",
	  HEAD ALL APPROVED
	  "guard: {namespaces: {pid: none, user: p, cgroup: p}}\n",
	  "13:39: found \"p\", which requires images, expected another profile for user namespaces: of what image they are nobody can say\n"
	  "13:50: found \"p\", which requires images, expected another profile for cgroup namespaces\n" },
	{ "not even where the default stands for it", HEAD ALL APPROVED,
	  "3:10: found \"p\", which requires images, expected another profile for PID namespaces, in \"guard: {namespaces: {pid: NAME}}\": of what image" },
	{ "nor by inheritance",
	  HEAD ALL
	  "  q: {inherit: p, images: {require: measured}}\n  r: {inherit: q}\nguard: {namespaces: {user: r}}\n",
	  "14:28: found \"r\", which requires images" },
	{ "an heir may require none for a namespace",
	  HEAD ALL APPROVED
	  "  q: {inherit: p, images: {require: none}}\nguard: {namespaces: {pid: q}}\n",
	  "" },

	{ "images are approved by their configs and manifests",
	  HEAD ALL "images: [config:sha256:" A64 ", manifest:sha256:" B64
		   "]\nclaimants: [sha256:" A64 "]\n",
	  "" },
	{ "whose bytes a digest is of must be said",
	  HEAD ALL "images: [sha256:" A64 "]\n",
	  "12:10: found \"sha256:" A64
	  "\", expected \"config:\" or \"manifest:\" before it, to say whose bytes it is of" },
	{ "a claimant is neither config nor manifest",
	  HEAD ALL "claimants: [config:sha256:" A64 "]\n",
	  "12:13: found \"config:sha256:" A64
	  "\", expected \"sha256:\" and 64 lower-case hexadecimal digits, of an executable's bytes" },
	{ "a digest has 64 digits of its own",
	  HEAD ALL "images:\n- config:sha256:" A64 "a\n- config:sha256:A\n"
		   "- manifest:sha512:" A64 "\n- busybox:latest\n- [x]\n-\n",
	  "13:3: found \"config:sha256:" A64
	  "a\", expected \"config:sha256:\" or\n14:3: found\n15:3: found\n"
	  "16:3: found \"busybox:latest\", expected\n17:3: found a list, expected\n18:2: found nothing\n" },
	{ "digits are in lower case",
	  HEAD ALL "images: [\"config:sha256:" U64 "\"]\n", "12:10: found" },
	{ "a digest stands once",
	  HEAD ALL "images:\n- manifest:sha256:" B64 "\n- config:sha256:" A64
		   "\n- manifest:sha256:" B64 "\n",
	  "15:3: found \"manifest:sha256:" B64
	  "\" again, expected each digest once: it stands on line 13 already" },
	{ "a claimant stands once",
	  HEAD ALL "claimants: [sha256:" A64 ",\n  sha256:" A64 "]\n",
	  "13:3: found \"sha256:" A64
	  "\" again, expected each digest once: it stands on line 12 already" },
	{ "a manifest is no config",
	  HEAD ALL "images:\n- manifest:sha256:" A64 "\n- config:sha256:" A64
		   "\n",
	  "13:3: found \"manifest:sha256:" A64
	  "\" again, expected either \"config:\" or \"manifest:\" before a digest: it stands on line 14 already" },
	{ "approved images are a list",
	  HEAD ALL "images: {include: [x]}\nclaimants: sha256:" A64 "\n",
	  "12:9: found a mapping, expected a list of digests, and of {include: FILE}\n13:12: found \"sha256:" },
	{ "what is of no file includes none",
	  HEAD ALL "images: [{include: approved.list}]\n",
	  "12:20: found \"approved.list\", expected nothing to include: this policy is of no file" },
	{ "an include has a name", HEAD ALL "images: [{}, {file: x}]\n",
	  "12:10: found no \"include\", expected the name of a list\n"
	  "12:14: found no \"include\"\n12:15: found unknown key \"file\", expected include\n" },
};

/* Whether what was found is what was expected, line by line. */
static bool matches(const struct ctguard_diagnostics *found,
		    const char *expected)
{
	unsigned int count = 0;

	while (*expected) {
		size_t length = strcspn(expected, "\n");
		CTGUARD_FREE char *text = NULL;

		if (count == found->count)
			return false;
		text = ctguard_alloc_format("%u:%u: %s",
					    found->list[count].line,
					    found->list[count].column,
					    found->list[count].text);
		if (strncmp(text, expected, length))
			return false;
		count++;
		expected += length + (expected[length] == '\n');
	}
	return count == found->count;
}

static int parse(const char *yaml, struct ctguard_policy **ret,
		 struct ctguard_diagnostics *diagnostics)
{
	memset(diagnostics, 0, sizeof(*diagnostics));
	return ctguard_reader_parse(NULL, yaml, strlen(yaml), ret, diagnostics);
}

static void test_faults(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ctguard_diagnostics diagnostics;
		struct ctguard_policy *policy = NULL;
		int r = parse(rows[i].yaml, &policy, &diagnostics);
		bool holds = matches(&diagnostics, rows[i].faults) &&
			     !r == !*rows[i].faults;

		if (!holds)
			ctguard_diagnostics_print(&diagnostics, "# found",
						  stdout);
		claim(holds, rows[i].claim);
		ctguard_diagnostics_clear(&diagnostics);
		ctguard_policy_free(policy);
	}
}

/* The compiled form of @yaml, or NULL. */
static void *compile(const char *yaml, size_t *ret_size)
{
	struct ctguard_diagnostics diagnostics;
	struct ctguard_policy *policy = NULL;
	struct ctguard_error error;
	void *blob = NULL;

	if (parse(yaml, &policy, &diagnostics) < 0)
		ctguard_diagnostics_print(&diagnostics, "# found", stdout);
	else if (ctguard_compile_make(policy, &blob, ret_size, &error) < 0)
		printf("# %s\n", error.text);
	ctguard_diagnostics_clear(&diagnostics);
	ctguard_policy_free(policy);
	return blob;
}

static bool same(const char *a, const char *b)
{
	size_t a_size = 0, b_size = 0;
	CTGUARD_FREE void *a_blob = compile(a, &a_size);
	CTGUARD_FREE void *b_blob = compile(b, &b_size);

	return a_blob && b_blob && a_size == b_size &&
	       !memcmp(a_blob, b_blob, a_size);
}

/* What policy show prints of @yaml, from the compiled form; or NULL. */
static char *shown(const char *yaml, unsigned int *ret_lines)
{
	struct ctguard_policy *policy = NULL;
	struct ctguard_error error;
	size_t size = 0;
	CTGUARD_FREE void *blob = compile(yaml, &size);
	char *text;

	if (!blob)
		return NULL;
	if (ctguard_compile_parse(blob, size, &policy, &error) < 0) {
		printf("# %s\n", error.text);
		return NULL;
	}
	text = ctguard_writer_text(policy, "# one\n# two\n", ret_lines);
	ctguard_policy_free(policy);
	return text;
}

static bool round_trips(const char *yaml)
{
	CTGUARD_FREE char *once = shown(yaml, NULL);
	CTGUARD_FREE char *twice = once ? shown(once, NULL) : NULL;

	return twice && same(yaml, once) && !strcmp(once, twice);
}

static void test_round_trips(void)
{
	struct ctguard_error error;
	CTGUARD_FREE char *baseline = NULL;
	size_t size;

	for (size_t i = 0; i < COUNT(rows); i++)
		if (!*rows[i].faults && !round_trips(rows[i].yaml))
			claim(false, rows[i].claim);
	claim(true, "what is good comes back the same from its compiled form");
	claim(round_trips(
		      BARE
		      "    complain: true\n"
		      "    modules: {complain: true, load: allow, unload: allow, kexec: allow, autoload: [\"a\\\\*b\", \"q\\\"r\", \"[pid]\", \" x\"]}\n"
		      "    devices: {complain: true, allow: [\"char-a\\\\*q\\\"r:* rw\", a *:* m, \"block-x:*:* m\", b 8:* rw, \"char-d :* r\"]}\n"
		      "    kernel: {complain: true, allow: [\"bpf/*\", {name: \"bpf/*\", when: own}]}\n"
		      "    tasks: {complain: true}\n"
		      "    mounts: {allow: [\"ext?\", \"q\\\"r\"]}\n"
		      "    pseudofs:\n"
		      "      complain: true\n"
		      "      deny-read: {debugfs: any, proc: [/kcore], sysfs: [/x]}\n"
		      "      allow: {cgroup2: own, proc: [{path: /a, when: own-user}, /b], tmp: [], x: any}\n"),
	      "every kind of rule comes back the same");
	claim(round_trips(
		      HEAD ALL
		      "    images: {complain: true, require: approved, level: 0, program: any}\n" FREE
		      "images: [manifest:sha256:" A64 ", config:sha256:" B64
		      "]\nclaimants: [sha256:" A64 "]\n") &&
		      round_trips(HEAD ALL
				  "    images: {require: measured}\n" FREE),
	      "what is said of images comes back the same");
	claim(round_trips(
		      "ctguard: 1\nmode: complain\ndefault: \"on\"\n"
		      "profiles:\n  \"on\":\n" ALL NAMES
		      "  \"1.5\":\n" ALL NAMES "  \"-x\":\n" ALL NAMES
		      "bind: [{cgroup: /a, profile: \"1.5\"}, {cgroup: /b, profile: -x}]\n"),
	      "names that look like something else come back the same");
	/* A filesystem of reads between two of writes, as only a blob has. */
	claim(round_trips(
		      HEAD MODULES DEVICES
		      "    pseudofs: {allow: {a: own, b: [], c: any}, deny-read: {b: any}}\n"),
	      "the order of filesystems comes back the same");
	if (ctguard_file_read("policies/baseline.yaml", 1 << 20, &baseline,
			      &size, &error) < 0) {
		printf("# %s\n", error.text);
		claim(false, "policies/baseline.yaml can be read");
		return;
	}
	claim(round_trips(baseline), "the baseline comes back the same");
}

static void test_meaning(void)
{
	claim(same(HEAD
		   "    inherit: q\n"
		   "    modules: {load: deny, autoload: [b, c]}\n"
		   "    devices: unrestricted\n"
		   "  q:\n"
		   "    complain: true\n"
		   "    modules: {load: allow, kexec: allow, complain: true, autoload: [a, b]}\n"
		   "    devices: {allow: [c 1:3 r]}\n"
		   "    pseudofs: {allow: {proc: own}, deny-read: {sysfs: any}}\n",
		   HEAD
		   "    complain: true\n"
		   "    modules: {load: deny, kexec: allow, complain: true, autoload: [a, b, c]}\n"
		   "    devices: unrestricted\n"
		   "    pseudofs: {allow: {proc: own}, deny-read: {sysfs: any}}\n"),
	      "a child adds its rules, overrides words, and is unrestricted when it says so");
	claim(same(HEAD
		   "    inherit: q\n"
		   "    complain: false\n"
		   "    devices: {allow: [c 1:3 r]}\n"
		   "    pseudofs: {complain: false, allow: {sysfs: [/y], proc: [/p]}}\n"
		   "  q: {inherit: r, modules: unrestricted}\n"
		   "  r:\n"
		   "    complain: true\n"
		   "    devices: unrestricted\n"
		   "    pseudofs: {complain: true, allow: {proc: [/q], sysfs: [/x]}}\n",
		   HEAD MODULES
		   "    devices: {allow: [c 1:3 r]}\n"
		   "    pseudofs: {allow: {proc: [/q, /p], sysfs: [/x, /y]}}\n"),
	      "a child restricts what its parent does not, over generations");
	claim(same(BARE
		   "    inherit: q\n" ALL "    kernel: {allow: [b, c]}\n"
		   "    tasks: unrestricted\n"
		   "    mounts: {complain: false, allow: [x]}\n"
		   "  q:\n"
		   "    kernel: {complain: true, allow: [a, {name: b, when: own}, b]}\n"
		   "    tasks: {allow: [t]}\n"
		   "    mounts: {complain: true, allow: [z]}\n",
		   BARE ALL
		   "    kernel: {complain: true, allow: [a, {name: b, when: own}, b, c]}\n"
		   "    tasks: unrestricted\n"
		   "    mounts: {allow: [z, x]}\n"),
	      "names are inherited as other rules are");
	claim(same(HEAD MODULES PSEUDOFS
		   "    inherit: q\n"
		   "    devices: {allow: [char-b r, c 1:5 r, char-a r]}\n"
		   "  q: {devices: {allow: [char-a r, c 1:3 r]}}\n",
		   HEAD MODULES PSEUDOFS
		   "    devices: {allow: [c 1:3 r, c 1:5 r, \"char-a:* r\", \"char-b:* r\"]}\n"),
	      "devices by number come before those by name, inherited ones first");
	claim(same(HEAD ALL
		   "guard: {namespaces: {pid: p, user: none, cgroup: none}, cgroups: [], except: []}\n",
		   HEAD ALL),
	      "what guard does not say is the default profile for PID namespaces and none else");
	claim(same(BARE "    modules: {}\n    devices: {}\n    pseudofs: {}\n"
			"    kernel: {}\n    tasks: {}\n    mounts: {}\n",
		   BARE
		   "    modules: {load: deny, unload: deny, kexec: deny, autoload: []}\n"
		   "    devices: {allow: []}\n    pseudofs: {allow: {}}\n"
		   "    kernel: {allow: []}\n    tasks: {allow: []}\n    mounts: {complain: false}\n"),
	      "what a group does not allow is denied");
	claim(same(HEAD MODULES DEVICES
		   "    pseudofs: {deny-read: {sysfs: any}, allow: {proc: own, cgroup2: any}}\n",
		   HEAD MODULES DEVICES
		   "    pseudofs: {allow: {proc: [{path: /**, when: own}], cgroup2: [/**]}, deny-read: {sysfs: [/**]}}\n"),
	      "own and any are short for everything, and allow comes first");
	claim(same(HEAD ALL APPROVED FREE, HEAD ALL
		   "    images: {program: image, complain: false, level: 2, require: approved}\n" FREE),
	      "approved images are so to the layers mounted, and so are their programs");
	claim(same(HEAD ALL "    images: {require: none, complain: true}\n",
		   HEAD ALL),
	      "who requires no images says nothing of them");
	claim(!same(HEAD ALL "    images: {require: measured}\n" FREE,
		    HEAD ALL FREE) &&
		      !same(HEAD ALL APPROVED FREE,
			    HEAD ALL "    images: {require: measured}\n" FREE),
	      "what is required of images is part of the policy");
	claim(same(HEAD ALL
		   "    images: {complain: true, program: any}\n    inherit: q\n"
		   "  q: {inherit: r}\n  r: {images: {require: approved, level: 3}}\n" FREE,
		   HEAD ALL
		   "    images: {complain: true, require: approved, program: any, level: 3}\n" FREE),
	      "what is not said of images is inherited");
	claim(same(HEAD ALL
		   "    images: {require: approved}\n    inherit: q\n"
		   "  q: {images: {require: approved, level: 3, program: any}}\n" FREE,
		   HEAD ALL
		   "    images: {require: approved, level: 3, program: any}\n" FREE),
	      "to say again what is required weakens no level");
	claim(same(HEAD ALL
		   "    images: {require: measured}\n    inherit: q\n"
		   "  q: {images: {require: approved, level: 3, program: any}}\n" FREE,
		   HEAD ALL "    images: {require: measured}\n" FREE),
	      "who requires less inherits nothing of how");
	claim(same(HEAD ALL "images: [manifest:sha256:" A64
			    ", config:sha256:" B64 "]\nclaimants: [sha256:" B64
			    ", sha256:" A64 "]\n",
		   HEAD ALL "images: [config:sha256:" B64
			    ", manifest:sha256:" A64
			    "]\nclaimants: [sha256:" A64 ", sha256:" B64 "]\n"),
	      "in what order digests stand does not matter");
	claim(!same(HEAD ALL,
		    "ctguard: 1\nmode: complain\ndefault: p\nprofiles:\n  p:\n" ALL),
	      "the mode is part of the policy");
}

/* @count lines, each with its number, between two texts. To be freed. */
static char *many(const char *head, const char *format, unsigned int count,
		  const char *tail)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs(head, out);
	for (unsigned int i = 0; i < count; i++)
		fprintf(out, format, i);
	fputs(tail, out);
	fclose(out);
	return text;
}

static bool refused(const char *yaml, const char *fault)
{
	struct ctguard_diagnostics diagnostics;
	struct ctguard_policy *policy = NULL;
	bool found = false;

	parse(yaml, &policy, &diagnostics);
	for (unsigned int i = 0; i < diagnostics.count; i++)
		found |= strstr(diagnostics.list[i].text, fault) != NULL;
	if (!found)
		ctguard_diagnostics_print(&diagnostics, "# found", stdout);
	ctguard_diagnostics_clear(&diagnostics);
	ctguard_policy_free(policy);
	return found;
}

static void test_bounds(void)
{
	static const char rules_head[] = HEAD DEVICES PSEUDOFS
		"    modules:\n      autoload:\n";
	CTGUARD_FREE char *rules =
		many(rules_head, "      - m%u\n", CTGUARD_POLICY_MAX_RULES, "");
	CTGUARD_FREE char *more = many(rules_head, "      - m%u\n",
				       CTGUARD_POLICY_MAX_RULES + 1, "");
	CTGUARD_FREE char *profiles = many(HEAD ALL, "  p%u: {inherit: p}\n",
					   CTGUARD_POLICY_MAX_PROFILES, "");
	CTGUARD_FREE char *fs = many(HEAD MODULES DEVICES
				     "    pseudofs:\n      allow:\n",
				     "        f%u: any\n", 65, "");
	CTGUARD_FREE char *big = many(rules_head, "      - m%u\n", 20000, "");
	CTGUARD_FREE char *family =
		many(big, "  r%u: {inherit: p}\n", 120, "bind:\n");
	CTGUARD_FREE char *heirs =
		many(family, "  - {cgroup: /%1$u, profile: r%1$u}\n", 120, "");
	CTGUARD_FREE char *list = many(HEAD DEVICES PSEUDOFS
				       "    modules: {autoload: &x [",
				       "m%u, ", 9000, "]}\n");
	CTGUARD_FREE char *aliases =
		many(list, "  r%u: {modules: {autoload: *x}}\n", 120, "");
	CTGUARD_FREE char *faults = many(HEAD ALL, "key%u: 1\n", 80, "");
	struct ctguard_diagnostics diagnostics;
	struct ctguard_policy *policy = NULL;
	size_t size;
	void *blob;

	blob = compile(rules, &size);
	claim(blob && size < CTGUARD_POLICY_MAX_SIZE,
	      "a policy may have 131072 rules");
	free(blob);
	claim(refused(more, "found more than 131072 rules"),
	      "a policy may not have one more");
	claim(refused(profiles, "one more profile, expected at most 256"),
	      "a policy may not have 257 profiles");
	claim(refused(fs,
		      "found 65 filesystems in profile \"p\", expected at most 64"),
	      "a profile may not have 65 filesystems");
	claim(refused(HEAD ALL "bind: [&a [&b [x, x], *b, *b], *a, *a]\n",
		      "found a list, expected {cgroup: PATTERN"),
	      "aliases of aliases are not followed where no list belongs");
	claim(refused(aliases,
		      "found more than 1000000 nodes, aliases resolved"),
	      "what aliases make of a file is bounded");
	claim(refused(heirs, "with what they inherit, expected at most 131072"),
	      "what inheritance makes of a file is bounded");

	parse(faults, &policy, &diagnostics);
	claim(diagnostics.count == CTGUARD_DIAGNOSTICS_MAX &&
		      diagnostics.more == 30,
	      "fifty faults are told, the rest counted");
	ctguard_diagnostics_clear(&diagnostics);
}

static void test_numbers(void)
{
	static const char yaml[] = BARE
		"    modules:\n"
		"      autoload:\n"
		"        - \"a\"\n"
		"        - \"b\"\n"
		"    devices: {allow: [char-x r, c 1:3 r]}\n"
		"    pseudofs:\n"
		"      deny-read: {sysfs: [/s]}\n"
		"      allow: {proc: own}\n"
		"    mounts: {allow: [m]}\n"
		"    kernel: {allow: [k]}\n"
		"    tasks: {allow: [t]}\n"
		"guard:\n"
		"  except: [/e]\n"
		"  cgroups: [/c, /d]\n"
		"bind: [{cgroup: /b, profile: p}]\n";
	static const struct {
		const char *place;
		const char *text;
		unsigned int line;
	} expected[] = {
		{ "profiles.p.modules.autoload", "a", 8 },
		{ "profiles.p.modules.autoload", "b", 9 },
		{ "profiles.p.devices.allow", "c 1:3 r", 10 },
		{ "profiles.p.devices.allow", "char-x:* r", 10 },
		{ "profiles.p.pseudofs.allow.proc", "/**", 13 },
		{ "profiles.p.pseudofs.deny-read.sysfs", "/s", 12 },
		{ "profiles.p.kernel.allow", "k", 15 },
		{ "profiles.p.tasks.allow", "t", 16 },
		{ "profiles.p.mounts.allow", "m", 14 },
		{ "guard.cgroups", "/c", 19 },
		{ "guard.cgroups", "/d", 19 },
		{ "guard.except", "/e", 18 },
		{ "bind", "/b", 20 },
	};
	struct ctguard_diagnostics diagnostics;
	struct ctguard_policy *policy = NULL;
	unsigned int lines[COUNT(expected) + 1] = { 0 };
	CTGUARD_FREE char *text = shown(yaml, lines);
	bool found = true, placed = text != NULL;
	char *place;

	parse(yaml, &policy, &diagnostics);
	for (unsigned int i = 0; i < COUNT(expected); i++) {
		const struct ctguard_rule *rule =
			ctguard_policy_rule_find(policy, i + 1, &place);
		const char *at = text;

		CTGUARD_FREE char *says = NULL;

		if (!rule) {
			found = false;
			continue;
		}
		says = ctguard_policy_rule_text(rule);
		found &= !strcmp(place, expected[i].place) &&
			 rule->line == expected[i].line &&
			 !strcmp(says, expected[i].text);
		free(place);
		/* The line of the text printed says what the rule says. */
		for (unsigned int line = 1; at && line < lines[i + 1]; line++) {
			at = strchr(at, '\n');
			at += at != NULL;
		}
		placed &= at && lines[i + 1];
		if (at && i != 4) /* which is written "own" */
			placed &= memmem(at, strcspn(at, "\n"),
					 expected[i].text,
					 strlen(expected[i].text)) != NULL;
	}
	claim(found,
	      "rules are numbered as the contract says, and know their lines");
	claim(placed,
	      "lines of what policy show prints are those of the rules");
	claim(!ctguard_policy_rule_find(policy, 0, &place) &&
		      !ctguard_policy_rule_find(policy, COUNT(expected) + 1,
						&place),
	      "there are no rules before the first and after the last");
	ctguard_policy_free(policy);
	ctguard_diagnostics_clear(&diagnostics);
}

static void test_blobs(void)
{
	struct ctguard_policy *policy = NULL;
	struct ctguard_error error;
	size_t size = 0, refusals = 0;
	uint8_t *blob = compile(BARE
				"    modules: {autoload: [abc]}\n"
				"    devices: {allow: [c 1:3 r, char-x r]}\n"
				"    pseudofs: {allow: {proc: own}}\n"
				"    kernel: {allow: [x]}\n"
				"    tasks: {}\n    mounts: {allow: [y]}\n",
				&size);

	for (size_t cut = 0; cut < size; cut++)
		refusals += ctguard_compile_parse(blob, cut, &policy, &error) <
				    0 &&
			    error.status == CTGUARD_EXIT_MALFORMED;
	claim(size && refusals == size, "no beginning of a policy is a policy");
	free(blob);
	claim(ctguard_compile_parse("", 0, &policy, &error) < 0 &&
		      strstr(error.text, "compiled policy, byte 0: "),
	      "what is wrong with a compiled policy is told with its place");
}

/* A directory with a policy and a list, for one test. */
struct directory {
	char path[64];
	char *policy;
	char *list;
};

static void directory_make(struct directory *directory)
{
	strcpy(directory->path, "/tmp/ctguard-lists.XXXXXX");
	if (!mkdtemp(directory->path))
		abort();
	directory->policy = ctguard_alloc_format("%s/p.yaml", directory->path);
	directory->list = ctguard_alloc_format("%s/a.list", directory->path);
}

static void directory_remove(struct directory *directory)
{
	unlink(directory->list);
	rmdir(directory->path);
	free(directory->policy);
	free(directory->list);
}

static void put(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(text, 1, size, file) != size || fclose(file))
		abort();
}

/* What a list's faults are: "FILE:LINE:COLUMN: TEXT" without the directory. */
static bool list_faults(const char *list, size_t size, const char *yaml,
			const char *expected)
{
	struct ctguard_diagnostics diagnostics = { .count = 0 };
	struct ctguard_policy *policy = NULL;
	CTGUARD_FREE char *text = NULL;
	struct directory directory;
	bool holds = true;
	size_t written;
	FILE *out;

	directory_make(&directory);
	if (list)
		put(directory.list, list, size);
	ctguard_reader_parse(directory.policy, yaml, strlen(yaml), &policy,
			     &diagnostics);
	out = open_memstream(&text, &written);
	ctguard_diagnostics_print(&diagnostics, "p.yaml", out);
	fclose(out);
	for (const char *line = text; *expected || *line;) {
		size_t length = strcspn(expected, "\n");

		if (!strncmp(line, directory.path, strlen(directory.path)))
			line += strlen(directory.path) + 1;
		if (!length || strncmp(line, expected, length)) {
			holds = false;
			break;
		}
		expected += length + (expected[length] == '\n');
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	if (!holds)
		printf("# %s\n", text);
	ctguard_diagnostics_clear(&diagnostics);
	ctguard_policy_free(policy);
	directory_remove(&directory);
	return holds;
}

#define INCLUDING HEAD ALL "images: [{include: a.list}]\n"

/* Whether the policy that includes @list is the one of @yaml. */
static bool list_means(const char *list, const char *yaml)
{
	struct ctguard_diagnostics diagnostics = { .count = 0 };
	CTGUARD_FREE void *blob = NULL, *other = NULL;
	struct ctguard_policy *policy = NULL;
	struct ctguard_error error;
	struct directory directory;
	size_t size = 0, other_size = 0;

	directory_make(&directory);
	put(directory.list, list, strlen(list));
	if (!ctguard_reader_parse(directory.policy, INCLUDING,
				  strlen(INCLUDING), &policy, &diagnostics))
		ctguard_compile_make(policy, &blob, &size, &error);
	ctguard_diagnostics_print(&diagnostics, "# found", stdout);
	ctguard_diagnostics_clear(&diagnostics);
	ctguard_policy_free(policy);
	directory_remove(&directory);
	other = compile(yaml, &other_size);
	return blob && other && size == other_size &&
	       !memcmp(blob, other, size);
}

static void test_lists(void)
{
	static const struct {
		const char *claim;
		const char *list;
		const char *yaml;
		const char *faults;
	} faulty[] = {
		{ "a list that is not there is told where it is included", NULL,
		  INCLUDING,
		  "p.yaml:12:20: found a list that cannot be read, expected one: " },
		{ "faults of a list are told with its name, line and column",
		  "# approved\n  config:sha256:12\nsha256:" A64
		  " # bare\nconfig:sha256:" A64 "  \nmanifest:sha256:" A64
		  "#x\nconfig:sha256:" B64 " busybox\n",
		  INCLUDING,
		  "a.list:2:3: found \"config:sha256:12\", expected \"config:sha256:\" or\n"
		  "a.list:3:1: found \"sha256:" A64
		  "\", expected \"config:\" or \"manifest:\" before it\n"
		  "a.list:5:1: found \"manifest:sha256:" A64 "#x\", expected\n"
		  "a.list:6:80: found \"busybox\", expected a comment that begins with \"#\", or \"content:sha256:\"\n" },
		{ "content has a digest and nothing behind it",
		  "config:sha256:" A64 " content:sha256:" A64
		  " x\nconfig:sha256:" B64 " content:" A64 "\n",
		  INCLUDING,
		  "a.list:1:160: found \"x\", expected a comment that begins with \"#\"\n"
		  "a.list:2:80: found \"content:" A64
		  "\", expected a comment\n" },
		{ "a digest stands once in list and policy",
		  "#\nconfig:sha256:" A64 "\n",
		  HEAD ALL "images: [{include: a.list}, config:sha256:" A64
			   "]\n",
		  "a.list:2:1: found \"config:sha256:" A64
		  "\" again, expected each digest once: it stands on line 12 of the policy already\n" },
		{ "a digest stands once in a list",
		  "config:sha256:" A64 "\n\nconfig:sha256:" A64 " # again",
		  INCLUDING,
		  "a.list:3:1: found \"config:sha256:" A64
		  "\" again, expected each digest once: it stands on line 1 already\n" },
		{ "a list is included once", "",
		  HEAD ALL "images: [{include: a.list}, {include: a.list}]\n",
		  "p.yaml:12:39: found \"a.list\", expected each list to be included once\n" },
		{ "a list of images is none of claimants",
		  "config:sha256:" A64 "\n",
		  HEAD ALL "claimants: [{include: a.list}]\n",
		  "a.list:1:1: found \"config:sha256:" A64
		  "\", expected \"sha256:\" and 64\n" },
		{ "carriage returns and other control characters are told",
		  "config:sha256:" A64 "\r\n", INCLUDING,
		  "a.list:1:1: found \"config:sha256:" A64 "\\x0d\"\n" },
	};
	char nul[] = "config:sha256:" A64 "?\n";
	CTGUARD_FREE char *many_images = many(
		"", "config:sha256:%064x\n", CTGUARD_POLICY_MAX_IMAGES + 1, "");

	for (size_t i = 0; i < COUNT(faulty); i++)
		claim(list_faults(faulty[i].list,
				  faulty[i].list ? strlen(faulty[i].list) : 0,
				  faulty[i].yaml, faulty[i].faults),
		      faulty[i].claim);
	nul[sizeof(nul) - 3] = '\0';
	claim(list_faults(nul, sizeof(nul) - 1, INCLUDING,
			  "a.list:1:1: found \"config:sha256:" A64 "\\x00\"\n"),
	      "a NUL in a list hides nothing");
	claim(list_faults(
		      many_images, strlen(many_images), INCLUDING,
		      "p.yaml:1:1: found 65537 digests in images, included lists counted, expected at most 65536\n"),
	      "a policy may not have 65537 images");
	many_images[strlen(many_images) - strlen("config:sha256:\n") - 64] =
		'\0';
	claim(list_faults(many_images, strlen(many_images), INCLUDING, ""),
	      "it may have one fewer");
	claim(list_means("", HEAD ALL) &&
		      list_means("# a comment\n\n \t# another\n", HEAD ALL),
	      "an empty list is one");
	claim(list_means("manifest:sha256:" C64 "\t#x\n config:sha256:" B64
			 " content:sha256:" A64 " # busybox\n"
			 "config:sha256:" A64,
			 HEAD ALL "images: [config:sha256:" A64
				  ", config:sha256:" B64
				  ", manifest:sha256:" C64 "]\n"),
	      "a list means the same as its digests in the policy");
}

static bool escaped(const char *bytes, const char *terminal, const char *utf8)
{
	CTGUARD_FREE char *a = ctguard_escape_terminal(bytes, strlen(bytes));
	CTGUARD_FREE char *b = ctguard_escape_utf8(bytes, strlen(bytes));

	return !strcmp(a, terminal) && !strcmp(b, utf8);
}

static bool prints(const char *from, const char *to, const char *expected)
{
	CTGUARD_FREE char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool differs = ctguard_diff_print(from, to, false, out);

	fclose(out);
	if (strcmp(text, expected))
		printf("# %s\n", text);
	return !strcmp(text, expected) && differs == !!*expected;
}

static void test_words(void)
{
	static const char *const durations[] = {
		"",   "s",   "0s",  "1",   "-1s",
		"1d", "25h", "1ss", "1 s", "99999999999999999999s"
	};
	bool bad = false;
	uint32_t ms;

	for (size_t i = 0; i < COUNT(durations); i++)
		bad |= ctguard_words_duration(durations[i], &ms);
	claim(!bad, "what is not a duration is not taken for one");
	claim(ctguard_words_duration("90s", &ms) && ms == 90000 &&
		      ctguard_words_duration("10m", &ms) && ms == 600000 &&
		      ctguard_words_duration("24h", &ms) && ms == 86400000,
	      "durations are seconds, minutes and hours up to a day");
	claim(escaped("a\033[0m\n", "a\\x1b[0m\\x0a", "a\033[0m\n") &&
		      escaped("\xc3\xa9\xff", "\\xc3\\xa9\\xff",
			      "\xc3\xa9\\xff") &&
		      escaped("\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80",
			      "\\xed\\xa0\\x80\\xc0\\x80\\xf4\\x90\\x80\\x80",
			      "\\xed\\xa0\\x80\\xc0\\x80\\xf4\\x90\\x80\\x80") &&
		      escaped("\xe2\x82", "\\xe2\\x82", "\\xe2\\x82"),
	      "bytes are escaped for terminals, and for JSON where not UTF-8");
	claim(prints("a\nb\nc\n", "a\nb\nc\n", "") &&
		      prints("a\nb\nc\n", "a\nx\nc\n",
			     "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n") &&
		      prints("", "a\n", "@@ -0,0 +1,1 @@\n+a\n") &&
		      prints("a\n", "", "@@ -1,1 +0,0 @@\n-a\n") &&
		      prints("1\n2\n3\n4\n5\n6\n7\n8\n9\nx\n",
			     "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n",
			     "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n"
			     "@@ -7,4 +8,3 @@\n 7\n 8\n 9\n-x\n"),
	      "differences are printed with three lines around");
}

int main(void)
{
	test_faults();
	test_round_trips();
	test_meaning();
	test_bounds();
	test_numbers();
	test_blobs();
	test_lists();
	test_words();
	printf("1..%u\n", tests);
	return failed != 0;
}
