#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# Writes a measurement log as <ctguard/measurement.h> has it, and prints for
# each record what the PCR is to be extended with: "PCR:BANK=HEX,BANK=HEX".
# The first record is of a load, the last of containers' starts.
#
# Usage: attest_log.pl FILE PCR BANK,... RECORDS [BASE [FIRST [INSTANCE]]]; BASE
# is BANK=HEX,... for a PCR that was not zero; of the records, those from number
# FIRST on are written; INSTANCE, 16 letters, is of the load
use strict;
use warnings;
use Digest::SHA;

my %algorithms = (sha1 => [4, 20, 1], sha256 => [11, 32, 256],
	sha384 => [12, 48, 384], sha512 => [13, 64, 512]);

sub tlv {
	my ($type, $value) = @_;
	return pack('CN', $type, length $value) . $value;
}

sub u64 {
	return pack('Q>', shift);
}

my ($file, $pcr, $banks, $records, $base, $first, $instance) = @ARGV;
my @banks = split /,/, $banks;
my %base = map { split /=/ } split /,/, $base // '';

sub base {
	return join '', map {
		my ($algorithm, $size) = @{ $algorithms{$_} };
		tlv($algorithm, pack('H*', $base{$_} // '00' x $size));
	} @banks;
}

my $time = u64(1767225600 * 1000000000);
sub content {
	my $n = shift;
	return tlv(1, "\1") . tlv(2, $time) . tlv(3, $instance // 'instance-of-test') . tlv(4, base())
		if $n == 0;
	return tlv(1, "\2") . tlv(2, $time) . tlv(5, '1.0') . tlv(6, '') . tlv(7, '6.1.0') . tlv(11, "\1")
		if $n == 1;
	return tlv(1, "\3") . tlv(2, $time) . tlv(8, "\xab" x 32) . tlv(9, u64(1)) . tlv(11, "\1")
		if $n == 2;
	return tlv(1, "\6") . tlv(2, $time) . tlv(12, "\0") . tlv(14, "\2")
		. tlv(15, Digest::SHA::sha256("config $n")) . tlv(19, u64($n))
		. tlv(20, "/ctr/\e[31m$n") . tlv(21, '/bin/sh') . tlv(22, "\xcd" x 32) . tlv(23, "\1");
}

open my $out, '>:raw', $file or die "$file: $!\n";
for my $n (($first // 0) .. $records - 1) {
	my $content = tlv(0x67, content($n));
	my %digests = map { $_ => Digest::SHA->new($algorithms{$_}[2])->add($content)->digest } @banks;
	print $out tlv(0, u64($n)), tlv(1, chr $pcr),
		tlv(3, join '', map { tlv($algorithms{$_}[0], $digests{$_}) } @banks), $content;
	print "$pcr:", join(',', map { "$_=" . unpack 'H*', $digests{$_} } @banks), "\n";
}
close $out or die "$file: $!\n";
