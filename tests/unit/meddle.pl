#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# Stands between ESYS, as TCTI "cmd:", and a software TPM, and extends a PCR
# each time a quote is about to be made: what somebody else may do meanwhile.
#
# Usage: meddle.pl PORT PCR TIMES [DIGEST]; DIGEST is of SHA-256
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $pcr, $times, $digest) = @ARGV;
my $tpm = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)
	or die "port $port: $!\n";
binmode STDIN;
binmode STDOUT;
$| = 1;

sub take { # a command or an answer: tag, size, code, and the rest
	my $from = shift;
	my $message = '';
	while (length $message < 10 || length $message < unpack 'x2 N', $message) {
		my $want = length $message < 10 ? 10 : unpack 'x2 N', $message;
		sysread($from, $message, $want - length $message, length $message)
			or return undef;
	}
	return $message;
}

sub ask {
	my $command = shift;
	syswrite $tpm, $command;
	return take($tpm);
}

while (defined(my $command = take(\*STDIN))) {
	if (unpack('x6 N', $command) == 0x158 && $times-- > 0) {
		# TPM2_PCR_Extend by an empty password.
		my $body = pack 'N N N n C n N n', $pcr, 9, 0x40000009, 0, 0, 0, 1, 0x0b;
		$body .= pack 'H*', $digest // '5a' x 32;
		my $answer = ask(pack('n N N', 0x8002, 10 + length $body, 0x182) . $body);
		die "PCR_Extend failed\n" if unpack 'x6 N', $answer;
	}
	syswrite STDOUT, ask($command);
}
