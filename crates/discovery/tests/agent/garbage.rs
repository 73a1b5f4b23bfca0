//! Garbage at every door: the agent goes on.

use std::time::Duration;

use hickory_proto::rr::RecordType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket, UnixStream};

use crate::fixture::{group, instance};
use crate::world::*;

/// Random numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// A valid query with some bytes changed, or nothing but noise.
    fn message(&mut self) -> Vec<u8> {
        let length = self.next() % 700;
        if self.next().is_multiple_of(3) {
            return self.bytes(length);
        }
        let mut message = query("db.prod.lidar.landfall.", RecordType::from(self.next() as u16));
        for _ in 0..self.next() % 6 {
            let at = self.next() % message.len();
            message[at] = self.next() as u8;
        }
        message.truncate(self.next() % 200 + 1);
        message
    }
}

#[tokio::test]
async fn garbage_at_every_door_is_survived() {
    let (gateway, at) = ("127.44.1.1", "127.44.1.2");
    let db = group(PROD, "db", "1");
    let directory = tempfile::tempdir().unwrap();
    let engine = Engine::new(vec![instance(&db, 1, at)]);
    let agent = Start::new(directory.path(), &engine).start().await;
    agent.client.put_directives(&directives(1, gateway, &[&db], &[])).await.unwrap();
    let mut random = Random(0x1234_5678_9ABC_DEF1);

    let udp = UdpSocket::bind((at, 0)).await.unwrap();
    for round in 0..4_000 {
        udp.send_to(&random.message(), (gateway, DNS)).await.unwrap();
        // The kernel drops what its queue (some 250 datagrams) has no room for, so it is let run empty.
        if round % 100 == 0 {
            let answered =
                async || try_ask(at, gateway, "db.", RecordType::A).await.is_some_and(|a| show(&a) == at);
            eventually("a good query is answered among bad ones", answered).await;
        }
    }
    for round in 0..200 {
        let mut stream = TcpStream::connect((gateway, DNS)).await.unwrap();
        let message = random.message();
        let length = if round % 2 == 0 { message.len() as u16 } else { random.next() as u16 };
        // The agent may close a connection at any time.
        let _ = stream.write_all(&[&length.to_be_bytes()[..], &message].concat()).await;
        if round % 4 == 0 {
            let _ = tokio::time::timeout(Duration::from_millis(5), stream.read(&mut [0; 512])).await;
        }
    }
    assert_eq!(show(&ask_tcp(gateway, "db.", RecordType::A).await.unwrap()), at);

    let socket = directory.path().join("agent.sock");
    let requests: [&[u8]; 6] = [
        b"PUT /v1/directives HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{\"number\"",
        b"GET /v1/watch?index=minus HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PUT /v1/directives HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PUT /v1/directives HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    ];
    for round in 0..300 {
        let mut stream = UnixStream::connect(&socket).await.unwrap();
        let noise = random.bytes(200);
        let sent = if round % 2 == 0 { requests[round / 2 % requests.len()] } else { &noise };
        let _ = stream.write_all(sent).await;
        let mut answer = [0; 64];
        let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut answer)).await;
        if let Ok(Ok(length)) = read {
            let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
            assert!(!answer.starts_with("HTTP/1.1 2"), "{answer} for {:?}", String::from_utf8_lossy(sent));
        }
    }
    assert_eq!(agent.client.info().await.unwrap().directives, 1);
    assert_eq!(addresses(at, gateway, "db.").await, at);
}
