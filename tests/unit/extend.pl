#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# Extends PCRs of a software TPM by what attest_log.pl prints, "PCR:BANK=HEX,...",
# on standard input: as tpm2_pcrextend would, for hundreds of thousands.
#
# Usage: extend.pl PORT
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP TCP_NODELAY);

my %algorithms = (sha1 => 4, sha256 => 11, sha384 => 12, sha512 => 13);
my $tpm = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $ARGV[0])
	or die "port $ARGV[0]: $!\n";
setsockopt $tpm, IPPROTO_TCP, TCP_NODELAY, 1;
while (<STDIN>) {
	chomp;
	my ($pcr, $digests) = split /:/;
	my @digests = map { [split /=/] } split /,/, $digests;
	# TPM2_PCR_Extend by an empty password.
	my $body = pack 'N N N n C n N', $pcr, 9, 0x40000009, 0, 0, 0, scalar @digests;
	$body .= pack 'n H*', $algorithms{$_->[0]}, $_->[1] for @digests;
	syswrite $tpm, pack('n N N', 0x8002, 10 + length $body, 0x182) . $body;
	my $answer = '';
	while (length $answer < 10 || length $answer < unpack 'x2 N', $answer) {
		sysread($tpm, $answer, 4096, length $answer) or die "the TPM is gone\n";
	}
	die "PCR_Extend failed\n" if unpack 'x6 N', $answer;
}
