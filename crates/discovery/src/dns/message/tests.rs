//! Messages on the wire.

use std::net::Ipv4Addr;

use hickory_proto::rr::rdata::{A, SRV};
use hickory_proto::rr::{Name, RData};

use super::*;

fn asked(payload: Option<u16>) -> Message {
    let mut message = Message::new(0x1234, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.queries.push(Query::query(Name::from_ascii("dB.").unwrap(), RecordType::A));
    message.edns = payload.map(|payload| {
        let mut edns = Edns::new();
        edns.set_max_payload(payload);
        edns
    });
    message
}

fn request(payload: Option<u16>) -> Request {
    match parse_request(&asked(payload).to_vec().unwrap()) {
        Parsed::Request(request) => *request,
        other => panic!("{other:?}"),
    }
}

fn addresses(count: u32) -> Vec<Record> {
    let name = Name::from_ascii("dB.").unwrap();
    (0..count).map(|n| Record::from_rdata(name.clone(), 0, RData::A(A(Ipv4Addr::from(n))))).collect()
}

fn locations(count: u16) -> Vec<Record> {
    let name = Name::from_ascii("dB.").unwrap();
    let srv = |n| RData::SRV(SRV::new(1, 1, n, Name::from_ascii(format!("{n}.db.")).unwrap()));
    (0..count).map(|n| Record::from_rdata(name.clone(), 0, srv(n))).collect()
}

fn rendered(request: &Request, reply: Reply, transport: Transport) -> (usize, Message) {
    let bytes = render_reply(request, reply, transport);
    (bytes.len(), Message::from_vec(&bytes).unwrap())
}

#[test]
fn replies_repeat_the_question_as_it_was_written() {
    let (_, reply) = rendered(&request(None), Reply::default(), Transport::Udp);
    assert_eq!(reply.metadata.id, 0x1234);
    assert!(reply.metadata.recursion_desired && reply.metadata.recursion_available);
    assert_eq!(reply.queries[0].name().to_ascii(), "dB.");
    assert!(reply.edns.is_none(), "no EDNS where none was offered");
    let (_, reply) = rendered(&request(Some(4_096)), Reply::default(), Transport::Udp);
    assert_eq!(reply.edns.unwrap().max_payload(), MAX_UDP);
}

#[test]
fn of_many_addresses_some_are_enough() {
    for (payload, limit) in [(None, 512), (Some(0), 512), (Some(1_000), 1_000), (Some(9_000), 1_232)] {
        let reply = Reply { authority: Authority::Ours, answers: addresses(1_000), ..Reply::default() };
        let (length, reply) = rendered(&request(payload), reply, Transport::Udp);
        assert!(length <= limit && length + 40 > limit, "{length} of {limit}");
        assert!(!reply.metadata.truncation && reply.metadata.authoritative);
    }
    let all = Reply { authority: Authority::Ours, answers: addresses(1_000), ..Reply::default() };
    assert_eq!(rendered(&request(None), all, Transport::Tcp).1.answers.len(), 1_000);
}

#[test]
fn what_must_be_whole_is_marked_when_it_is_cut() {
    let forwarded = Reply { answers: addresses(1_000), ..Reply::default() };
    assert!(rendered(&request(None), forwarded, Transport::Udp).1.metadata.truncation);
    let answers = locations(1_000);
    let srv = Reply { authority: Authority::Ours, answers, additionals: addresses(10), ..Reply::default() };
    let (length, reply) = rendered(&request(None), srv, Transport::Udp);
    assert!(length <= 512 && reply.metadata.truncation && reply.additionals.is_empty());
    let few = Reply {
        authority: Authority::Ours,
        answers: locations(5),
        additionals: addresses(50),
        ..Reply::default()
    };
    let (_, reply) = rendered(&request(None), few, Transport::Udp);
    assert!(!reply.metadata.truncation && reply.answers.len() == 5, "only what was extra is left out");
}

#[test]
fn what_can_not_be_answered_is_refused_by_name() {
    let code = |bytes: &[u8], expected: ResponseCode| match parse_request(bytes) {
        Parsed::Refused(reply) => {
            let told = Message::from_vec(&reply).unwrap().metadata.response_code;
            assert_eq!(u16::from(told), u16::from(expected));
        }
        other => panic!("{other:?}"),
    };
    let changed = |change: fn(&mut Message)| {
        let mut message = asked(Some(1_232));
        change(&mut message);
        message.to_vec().unwrap()
    };
    code(&changed(|m| m.metadata.op_code = OpCode::Update), ResponseCode::NotImp);
    code(&changed(|m| m.queries.clear()), ResponseCode::FormErr);
    code(&changed(|m| m.queries.push(m.queries[0].clone())), ResponseCode::FormErr);
    let class = |m: &mut Message| {
        m.queries[0].set_query_class(DNSClass::CH);
    };
    code(&changed(class), ResponseCode::Refused);
    let transfer = |m: &mut Message| {
        m.queries[0].set_query_type(RecordType::AXFR);
    };
    code(&changed(transfer), ResponseCode::Refused);
    let version = |m: &mut Message| {
        m.edns.as_mut().unwrap().set_version(1);
    };
    code(&changed(version), ResponseCode::BADVERS);
    let whole = asked(None).to_vec().unwrap();
    code(&whole[..whole.len() - 1], ResponseCode::FormErr);
}

#[test]
fn replies_and_scraps_get_no_answer() {
    let mut reply = asked(None);
    reply.metadata.message_type = MessageType::Response;
    assert!(matches!(parse_request(&reply.to_vec().unwrap()), Parsed::Silent));
    for length in 0..HEADER {
        assert!(matches!(parse_request(&asked(None).to_vec().unwrap()[..length]), Parsed::Silent));
    }
}

/// Random and mutated messages: whatever comes, reading and refusing does not panic.
#[test]
fn garbage_is_harmless() {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize
    };
    let whole = asked(Some(1_232)).to_vec().unwrap();
    let mut read = 0;
    for round in 0..20_000 {
        let mut bytes = if round % 2 == 0 { whole.clone() } else { vec![0; next() % 600] };
        let changes = if round % 2 == 0 { 1 + next() % 4 } else { bytes.len() };
        for _ in 0..changes.min(bytes.len() * 8) {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        bytes.truncate(if round % 5 == 0 { next() % (bytes.len() + 1) } else { bytes.len() });
        if let Parsed::Request(request) = parse_request(&bytes) {
            read += 1;
            assert!(!render_code(&request, ResponseCode::ServFail).is_empty());
        }
    }
    assert!(read > 100, "some of them are queries: {read}");
}
