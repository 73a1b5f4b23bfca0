//! The sockets of one address, UDP and TCP: bound beside another agent's, and left without losing a query.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt::{set_ipv6_v6only, set_socket_reuseaddr, set_socket_reuseport};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, socket_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::holder::observe_holder;
use super::message::Transport;
use super::responder::{Place, Responder};

/// Queries over UDP that are worked on at once; what comes beyond is dropped, and asked again by its asker.
const UDP_AT_ONCE: usize = 4_096;
/// Connections at once; what comes beyond waits in the kernel's queue.
const TCP_AT_ONCE: usize = 256;
/// How long a connection may be silent.
const TCP_IDLE: Duration = Duration::from_secs(10);
/// How long queries that are being worked on have when the sockets are left.
const GRACE: Duration = Duration::from_secs(4);
const BACKLOG: u32 = 128;

/// Why names can't be answered at an address.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody else has the port.
    #[error("can't answer names at {at}: {} has the port; stop it, or keep it off this address", holder.as_deref().unwrap_or("another process"))]
    Taken {
        /// The address.
        at: SocketAddr,
        /// Who has it, where it is known.
        holder: Option<String>,
    },
    /// The address is none of this host's, now.
    #[error(
        "can't answer names at {at}: this host does not have that address now; it is tried again until it has"
    )]
    Absent {
        /// The address.
        at: SocketAddr,
    },
    /// The user may not.
    #[error(
        "can't answer names at {at}: ports below 1024 need root or CAP_NET_BIND_SERVICE; run the agent as root"
    )]
    Forbidden {
        /// The address.
        at: SocketAddr,
    },
    /// Something else.
    #[error("can't answer names at {at}")]
    Other {
        /// The address.
        at: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// Answers names at one address until it is left.
#[derive(Debug)]
pub struct Listener {
    place: Place,
    at: SocketAddr,
    stop: CancellationToken,
    receiving: TaskTracker,
    working: TaskTracker,
}

impl Listener {
    /// Binds both sockets, beside those of another agent of the same user if there is one, and starts to answer.
    ///
    /// # Errors
    /// When either socket can't be bound.
    pub fn bind(place: Place, port: u16, responder: Arc<Responder>) -> Result<Self, BindError> {
        let wanted = SocketAddr::new(place.at, port);
        let tcp = bind_tcp(wanted).map_err(|error| bind_error(wanted, error))?;
        let at = tcp.local_addr().unwrap_or(wanted);
        let udp = bind_udp(at).map_err(|error| bind_error(at, error))?;
        let listener = Self {
            place: place.clone(),
            at,
            stop: CancellationToken::new(),
            receiving: TaskTracker::new(),
            working: TaskTracker::new(),
        };
        let desk = Desk { place, responder, stop: listener.stop.clone(), working: listener.working.clone() };
        listener.receiving.spawn(receive_datagrams(Arc::new(udp), desk.clone()));
        listener.receiving.spawn(accept_connections(tcp, desk));
        listener.receiving.close();
        tracing::info!(%at, "answers names");
        Ok(listener)
    }

    /// Where it answers, and for whom.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The address and port at which it answers.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Takes no more queries, but answers every one that has arrived. Returns when nothing more is received;
    /// [`Listener::finish`] then waits for the answers.
    pub async fn leave(&self) {
        self.stop.cancel();
        self.receiving.wait().await;
        self.working.close();
    }

    /// Waits for the answers to all queries received, for a few seconds at most.
    pub async fn finish(&self) {
        if tokio::time::timeout(GRACE, self.working.wait()).await.is_err() {
            tracing::warn!(at = %self.at, left = self.working.len(), "leaves queries unanswered");
        }
        tracing::info!(at = %self.at, "answers names no more");
    }
}

/// What the tasks of one listener share.
#[derive(Clone)]
struct Desk {
    place: Place,
    responder: Arc<Responder>,
    stop: CancellationToken,
    working: TaskTracker,
}

fn bind_tcp(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(at)?;
    socket.listen(BACKLOG)
}

fn bind_udp(at: SocketAddr) -> io::Result<UdpSocket> {
    let family = if at.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, SocketType::DGRAM, flags, None)?;
    set_socket_reuseport(&socket, true)?;
    if at.is_ipv6() {
        set_ipv6_v6only(&socket, true)?;
        set_socket_reuseaddr(&socket, false)?;
    }
    bind(&socket, &at)?;
    UdpSocket::from_std(std::net::UdpSocket::from(socket))
}

fn bind_error(at: SocketAddr, source: io::Error) -> BindError {
    match source.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken { at, holder: observe_holder(at) },
        io::ErrorKind::AddrNotAvailable => BindError::Absent { at },
        io::ErrorKind::PermissionDenied => BindError::Forbidden { at },
        _ => BindError::Other { at, source },
    }
}

async fn receive_datagrams(socket: Arc<UdpSocket>, desk: Desk) {
    let permits = Arc::new(Semaphore::new(UDP_AT_ONCE));
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let received = tokio::select! {
            biased;
            () = desk.stop.cancelled() => break,
            received = socket.recv_from(&mut buffer) => received,
        };
        match received {
            Ok((length, from)) => take_datagram(&socket, &desk, &permits, (&buffer[..length], from)),
            Err(error) => {
                tracing::debug!(%error, "a datagram could not be received");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    // A connected socket gets datagrams from its one peer only, so the kernel gives new ones to the other agent's
    // socket, and what has arrived here can be read to its end.
    if let Err(error) = socket.connect(SocketAddr::new(desk.place.at, 9)).await {
        tracing::debug!(%error, "the socket could not be turned away");
    }
    while let Ok((_, length, Some(from))) =
        rustix::net::recvfrom(&socket, &mut buffer[..], RecvFlags::DONTWAIT)
    {
        let Ok(from) = SocketAddr::try_from(from) else { continue };
        take_datagram(&socket, &desk, &permits, (&buffer[..length], from));
    }
}

fn take_datagram(
    socket: &Arc<UdpSocket>,
    desk: &Desk,
    permits: &Arc<Semaphore>,
    (bytes, from): (&[u8], SocketAddr),
) {
    let Ok(permit) = permits.clone().try_acquire_owned() else { return };
    let (socket, bytes, working) = (socket.clone(), bytes.to_vec(), desk.working.clone());
    let desk = desk.clone();
    working.spawn(async move {
        let reply = desk.responder.respond(&desk.place, from.ip(), &bytes, Transport::Udp).await;
        if let Some(reply) = reply
            && let Err(error) = socket.send_to(&reply, from).await
        {
            tracing::debug!(%error, %from, "a reply could not be sent");
        }
        drop(permit);
    });
}

async fn accept_connections(listener: TcpListener, desk: Desk) {
    let permits = Arc::new(Semaphore::new(TCP_AT_ONCE));
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            biased;
            () = desk.stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => take_connection(stream, from.ip(), &desk, Some(permit)),
            Err(error) => {
                tracing::debug!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    // What has been connected but not accepted would be lost with the socket.
    while let Ok(Ok((stream, from))) = tokio::time::timeout(Duration::from_millis(5), listener.accept()).await
    {
        take_connection(stream, from.ip(), &desk, None);
    }
}

fn take_connection(stream: TcpStream, from: IpAddr, desk: &Desk, permit: Option<OwnedSemaphorePermit>) {
    let (working, desk) = (desk.working.clone(), desk.clone());
    working.spawn(async move {
        serve_connection(stream, from, desk).await;
        drop(permit);
    });
}

/// Answers one query after the other, each behind its length (RFC 1035, section 4.2.2).
async fn serve_connection(mut stream: TcpStream, from: IpAddr, desk: Desk) {
    let mut first = true;
    loop {
        let query = tokio::select! {
            biased;
            query = tokio::time::timeout(TCP_IDLE, read_message(&mut stream)) => query,
            () = desk.stop.cancelled(), if !first => return,
        };
        first = false;
        let Ok(Ok(query)) = query else { return };
        let Some(mut reply) = desk.responder.respond(&desk.place, from, &query, Transport::Tcp).await else {
            return;
        };
        let Ok(length) = u16::try_from(reply.len()) else { return };
        reply.splice(0..0, length.to_be_bytes());
        if !matches!(tokio::time::timeout(TCP_IDLE, stream.write_all(&reply)).await, Ok(Ok(()))) {
            return;
        }
    }
}

async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
