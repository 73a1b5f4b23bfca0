# A web server for the first minute: it says $SAY, or what the server at $ASK says.
use strict;
use warnings;
use IO::Socket::INET;

my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 16, ReuseAddr => 1) or die "port 8080: $!\n";
$SIG{TERM} = sub { exit 0 };
$SIG{CHLD} = 'IGNORE';
print STDERR "listening on port 8080\n";

while (my $client = $server->accept) {
    next if fork;    # one process for each request
    my $request = <$client> // '';
    while (defined(my $header = <$client>)) { last if $header =~ /^\r?\n$/ }
    my ($status, $text) = $request =~ m{^GET /healthz } ? ('200 OK', 'well') : answer();
    print $client "HTTP/1.0 $status\r\nContent-Type: text/plain\r\n\r\n$text\n";
    exit 0;
}

sub answer {
    return ('200 OK', $ENV{SAY}) unless $ENV{ASK};
    my ($address) = $ENV{ASK} =~ m{^http://([^/]+)} or return ('500 Oh', "ASK is no address: $ENV{ASK}");
    my $other = IO::Socket::INET->new(PeerAddr => $address, Timeout => 5)
        or return ('502 Bad Gateway', "$ENV{ASK} doesn't answer: $@");
    print $other "GET / HTTP/1.0\r\n\r\n";
    my ($head, $body) = split /\r\n\r\n/, join('', <$other>), 2;
    chomp $body;
    return ('200 OK', "$address says: $body");
}
