//! Queries read from, and replies written to, the wire (RFC 1035, RFC 6891): pure.

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Record, RecordType};

/// The most that a reply over UDP takes, whatever the asker offers: what no network cuts into pieces.
pub const MAX_UDP: u16 = 1_232;
/// The most that a reply over UDP takes where the asker offers nothing.
const PLAIN_UDP: u16 = 512;
const HEADER: usize = 12;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In one datagram.
    Udp,
    /// In a stream, behind its length.
    Tcp,
}

/// A query that can be answered.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is asked.
    pub query: Query,
    id: u16,
    recursion_desired: bool,
    payload: Option<u16>,
}

/// What came out of reading a message.
#[derive(Debug)]
pub enum Parsed {
    /// A query that can be answered.
    Request(Box<Request>),
    /// A message that is answered with this refusal.
    Refused(Vec<u8>),
    /// Nothing that may be answered: too short, or itself a reply.
    Silent,
}

/// What a reply says.
#[derive(Debug, Default)]
pub struct Reply {
    /// Whether it worked.
    pub code: ResponseCode,
    /// Whose word it is.
    pub authority: Authority,
    /// What was asked for.
    pub answers: Vec<Record>,
    /// The zone's head, where the answers are none.
    pub authorities: Vec<Record>,
    /// What will be asked for next.
    pub additionals: Vec<Record>,
}

/// Whose word a reply is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authority {
    /// Our own: of several addresses, some are as good as all.
    Ours,
    /// Another resolver's: nothing of it may be left out unsaid.
    #[default]
    Forwarded,
}

/// Reads a message.
pub fn parse_request(bytes: &[u8]) -> Parsed {
    let [high, low, flags, ..] = *bytes else { return Parsed::Silent };
    if bytes.len() < HEADER || flags & 0x80 != 0 {
        return Parsed::Silent;
    }
    let id = u16::from_be_bytes([high, low]);
    let refused = |op_code, code| Parsed::Refused(encode(&Message::error_msg(id, op_code, code)));
    let op_code = OpCode::from_u8((flags >> 3) & 0x0f);
    if op_code != OpCode::Query {
        return refused(op_code, ResponseCode::NotImp);
    }
    let Ok(message) = Message::from_vec(bytes) else { return refused(op_code, ResponseCode::FormErr) };
    let [query] = message.queries.as_slice() else { return refused(op_code, ResponseCode::FormErr) };
    let request = Request {
        query: query.clone(),
        id,
        recursion_desired: message.metadata.recursion_desired,
        payload: message.edns.as_ref().map(Edns::max_payload),
    };
    if message.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
        return Parsed::Refused(render_code(&request, ResponseCode::BADVERS));
    }
    let unknown = !matches!(query.query_class(), DNSClass::IN | DNSClass::ANY);
    if unknown || matches!(query.query_type(), RecordType::AXFR | RecordType::IXFR) {
        return Parsed::Refused(render_code(&request, ResponseCode::Refused));
    }
    Parsed::Request(Box::new(request))
}

/// Writes a reply, cut so that it fits its transport.
pub fn render_reply(request: &Request, reply: Reply, transport: Transport) -> Vec<u8> {
    let limit = match transport {
        Transport::Tcp => usize::from(u16::MAX),
        Transport::Udp => {
            usize::from(request.payload.map_or(PLAIN_UDP, |payload| payload.clamp(PLAIN_UDP, MAX_UDP)))
        }
    };
    let addresses =
        reply.answers.iter().all(|record| matches!(record.record_type(), RecordType::A | RecordType::AAAA));
    let some_are_enough = reply.authority == Authority::Ours && addresses;
    let mut message = head(request, reply.code);
    message.metadata.authoritative = reply.authority == Authority::Ours;
    message.answers = reply.answers;
    message.authorities = reply.authorities;
    message.additionals = reply.additionals;
    let mut bytes = encode(&message);
    while bytes.len() > limit && !(message.answers.is_empty() && message.additionals.is_empty()) {
        if message.additionals.is_empty() {
            // A little more than what should fit, and then one less at a time.
            let count = message.answers.len();
            message.answers.truncate((count * limit * 5 / 4 / bytes.len()).min(count - 1));
            message.metadata.truncation = !some_are_enough || message.answers.is_empty();
        } else {
            message.additionals.clear();
        }
        bytes = encode(&message);
    }
    bytes
}

/// Writes a reply that has nothing but a code.
pub fn render_code(request: &Request, code: ResponseCode) -> Vec<u8> {
    encode(&head(request, code))
}

fn head(request: &Request, code: ResponseCode) -> Message {
    let mut message = Message::new(request.id, MessageType::Response, OpCode::Query);
    message.metadata.recursion_desired = request.recursion_desired;
    message.metadata.recursion_available = true;
    message.metadata.response_code = code;
    message.queries.push(request.query.clone());
    if request.payload.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(MAX_UDP).set_version(0).set_rcode_high(code.high());
        message.edns = Some(edns);
    }
    message
}

/// A message as bytes. One that can't be written becomes nothing but its code.
fn encode(message: &Message) -> Vec<u8> {
    message.to_vec().unwrap_or_else(|error| {
        tracing::warn!(%error, "a DNS reply could not be written");
        let bare = Message::error_msg(message.metadata.id, message.metadata.op_code, ResponseCode::ServFail);
        bare.to_vec().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests;
