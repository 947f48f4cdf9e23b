#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Measures how many pieces of evidence the verifier checks in a second of one
# core, its and the kernel's time, against OpenSSL's verification of one signature in the same run, and
# the memory that the largest logs, the guard's and IMA's, take. Prints a table, and each goal as a test
# (TAP). Exit status: 1 when a goal is not met.
#
# Usage: verify.sh; VERIFY_HOSTS=N hosts with state, default 1000
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

verify=$PWD/build/ctguard-verify forge=$PWD/build/tests/forge hosts=${VERIFY_HOSTS:-1000}
for file in "$verify" "$forge"; do
	[ -x "$file" ] || {
		echo "bench: $file is missing: run make" >&2
		exit 1
	}
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

# A host that is enrolled; the others are made like it.
"$forge" reference whole.json
# Three records have no lock and no image.
sed 's/"lock": true/"lock": false/' whole.json >reference.json
"$forge" key ak
"$forge" key ek rsa
"$forge" public ak ak.tss
"$forge" request ak ek host.ctgenroll
"$verify" enroll begin --state state --host h0 --reference reference.json \
	--ek-sha256 "$("$forge" fingerprint ek)" host.ctgenroll 2>/dev/null
"$forge" recover ek h0.cred ak.tss secret
"$verify" enroll finish --state state --host h0 --secret-file secret >/dev/null
head -c 32 /dev/urandom >nonce

python3 - "$verify" "$forge" "$hosts" <<'END'
import hashlib, json, os, re, resource, subprocess, sys, time

verify, forge, hosts = sys.argv[1], sys.argv[2], int(sys.argv[3])

def run(arguments, trusted):
    """Seconds of a core, as openssl speed counts; every verdict must be the same."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(arguments, stdout=subprocess.PIPE, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = done.stdout.count(b'"trusted":true')
    if found != trusted or done.returncode:
        sys.exit(f"bench: {found} of {trusted} are trusted\n{done.stdout[:2000].decode()}")
    return spent

def best(arguments, trusted, times=5):
    return trusted / min(run(arguments, trusted) for _ in range(times))

def openssl():
    text = subprocess.run(["openssl", "speed", "-seconds", "1", "ecdsap256"], capture_output=True,
                          text=True, check=True).stdout
    return float(re.search(r"nistp256\).*?([\d.]+)\s*$", text, re.M).group(1))

def stateless(records, count):
    subprocess.run([forge, "evidence", "ak", "nonce", f"e{records}", f"records={records}"], check=True)
    arguments = [verify, "check", "--json", "--stateless", "--ak", "ak.tss", "--nonce-file", "nonce",
                 "--reference", "reference.json"] + [f"e{records}"] * count
    return best(arguments, count)

def evidence_of(key, i, records, clock):
    nonce = os.urandom(32)
    with open("n", "wb") as file:
        file.write(nonce)
    os.makedirs(f"spool{records}", exist_ok=True)
    subprocess.run([forge, "evidence", key, "n", f"spool{records}/{i}.ctgev", f"records={records}",
                    f"clock={clock}"], check=True)
    return nonce

def name_of(key):
    subprocess.run([forge, "public", key, "p"], check=True)
    with open("p", "rb") as file:
        return "000b" + hashlib.sha256(file.read()[2:]).hexdigest()

def spool(records, count):
    """Hosts with a record each, as enrolment makes it; run once, for nonces are."""
    with open("state/hosts/h0") as file:
        template = json.load(file)
    with open("state/generation") as file:
        generation = json.load(file)["generation"]
    now = int(time.time())
    rates = []
    for turn in range(3):
        for i in range(count):
            key = f"key{i}"
            if not os.path.exists(key):
                subprocess.run([forge, "key", key], check=True)
            name = name_of(key)
            nonce = evidence_of(key, i, records, 1000 + records + turn)
            record = dict(template, host=f"host{i}", name=name, nonces=[{
                "nonce": nonce.hex(), "issued": now, "expires": now + 3600,
                "generation": generation, "used": False}])
            with open(f"state/aks/{name}.json", "w") as file:
                json.dump(record, file)
            if not os.path.lexists(f"state/hosts/host{i}"):
                os.symlink(f"../aks/{name}.json", f"state/hosts/host{i}")
        # What was written here is not to be synced on the verifier's account,
        # nor read from a disk: evidence comes from the network just before.
        os.sync()
        for directory in (f"spool{records}", "state/aks"):
            for name in os.listdir(directory):
                with open(f"{directory}/{name}", "rb") as file:
                    file.read()
        rates.append(count / run([verify, "check", "--json", "--state", "state", "--spool",
                                  f"spool{records}", "-j", "1"], count))
    return max(rates)

def memory():
    """The largest logs: as many records and lines of IMA's as 16 MiB hold."""
    limit, records, lines = 16 << 20, 28000, 70000
    while True:
        subprocess.run([forge, "evidence", "ak", "nonce", "large", f"records={records}", f"lines={lines}"],
                       check=True)
        with open("large", "rb") as file:
            data = file.read()
        def size_of(member):
            at = data.index(member + bytes(100 - len(member)))
            return int(data[at + 124:at + 135], 8)
        size, ima = size_of(b"ctguard.cel"), size_of(b"ima.ascii")
        # Records of starts are all of one size, and so are lines of one file.
        more = (limit - size) // ((size - 1000) // (records - 4))
        longer = (limit - ima) // ((ima - 1000) // lines)
        if 0 <= more < 50 and 0 <= longer < 50:
            break
        records += more - (1 if more > 0 else 0)
        lines += longer - (1 if longer > 0 else 0)
    code = ("import resource, subprocess, sys; "
            "r = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
            "print(r, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    begin = time.monotonic()
    out = subprocess.run([sys.executable, "-c", code, verify, "check", "--stateless", "--ak", "ak.tss",
                          "--nonce-file", "nonce", "--reference", "reference.json", "large"],
                         capture_output=True, text=True, check=True).stdout.split()
    if out[0] != "0":
        sys.exit("bench: the largest log is not trusted")
    return records, size, lines, ima, len(data), int(out[1]) / 1024, time.monotonic() - begin

failed = claims = 0
def goal(met, what):
    global failed, claims
    claims += 1
    failed += not met
    print(f"{'ok' if met else 'not ok'} {claims} - {what}")

signatures = openssl()
rows = [(3, False, stateless(3, 4000)), (1000, False, stateless(1000, 200)),
        (3, True, spool(3, hosts)), (1000, True, spool(1000, hosts // 5))]
signatures = max(signatures, openssl())
print(f"# OpenSSL verifies {signatures:.0f} signatures of P-256 a second, on one core")
print("# records  state  evidence/s  of OpenSSL")
for records, state, rate in rows:
    print(f"# {records:7}  {'spool' if state else 'none':5}  {rate:10.0f}  {rate / signatures:10.2f}")
for name in ("e3", "e1000"):
    print(f"# evidence with {name[1:]} records has {os.path.getsize(name)} bytes")
records, log, lines, ima, whole, mib, seconds = memory()
print(f"# the largest logs, {records} records of {log} bytes, {lines} lines of IMA of {ima}, evidence of {whole}: "
      f"{mib:.1f} MiB, {seconds:.2f} s")
# The goals are the table's; a machine that is busy otherwise is not a fault.
for row, share, what in ((rows[0], 0.7, "without"), (rows[2], 0.5, "with")):
    part = row[2] / signatures
    print(f"# 3 records {what} state: goal {share} of OpenSSL, {'met' if part >= share else 'NOT met'}")
    goal(part >= 0.75 * share, f"3 records {what} state: {part:.2f} of OpenSSL, at least three quarters of {share}")
goal(mib < 64, f"the largest evidence takes {mib:.1f} MiB, less than 64")
print(f"1..{claims}")
sys.exit(failed > 0)
END
