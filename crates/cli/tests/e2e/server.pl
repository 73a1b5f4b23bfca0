# A tiny server for tests: answers $SAY, is well unless $SICK, and ends at once with $DIE as its last words.
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
die "can't go on: $ENV{DIE}\n" if $ENV{DIE};
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die "port 8080: $!\n";
$SIG{TERM} = sub { exit 0 };
print "listening on port 8080\n";

while (1) {
    my $client = $server->accept or next;
    my $request = <$client> // '';
    while (defined(my $header = <$client>)) { last if $header =~ /^\r?\n$/ }
    my $status = $ENV{SICK} && $request =~ m{^GET /healthz } ? '503 Sick' : '200 OK';
    print $client "HTTP/1.0 $status\r\nContent-Type: text/plain\r\n\r\n", $ENV{SAY} // 'well', "\n";
    close $client;
}
