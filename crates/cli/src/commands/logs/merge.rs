//! Several instances' lines in the order of their times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::BoxStream;
use landfall_engine::{LogLine, Result as EngineResult};

use super::Writer;
use crate::error::Error;

/// One instance's lines.
pub(super) type Lines = BoxStream<'static, EngineResult<LogLine>>;

/// Gives the lines of streams that end, in the order of their times; each stream is in that order by itself.
pub(super) async fn merge(
    streams: Vec<(Writer, Lines)>,
    mut print: impl FnMut(&Writer, &LogLine) -> Result<(), Error>,
) -> Result<(), Error> {
    let (writers, mut streams): (Vec<Writer>, Vec<Lines>) = streams.into_iter().unzip();
    let mut heads: Vec<Option<LogLine>> = Vec::new();
    let mut order = BinaryHeap::new();
    for (index, first) in
        join_all(streams.iter_mut().map(|stream| stream.next())).await.into_iter().enumerate()
    {
        let head = first.transpose()?;
        order.extend(head.as_ref().map(|line| Reverse((line.time.clone(), index))));
        heads.push(head);
    }
    while let Some(Reverse((_, index))) = order.pop() {
        if let Some(line) = heads[index].take() {
            print(&writers[index], &line)?;
        }
        heads[index] = streams[index].next().await.transpose()?;
        order.extend(heads[index].as_ref().map(|line| Reverse((line.time.clone(), index))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use landfall_engine::LogSource;
    use landfall_model::name::Name;

    use super::*;

    #[tokio::test]
    async fn lines_come_by_time() {
        let lines = |component: &str, times: &[&str]| {
            let writer =
                Writer { component: Name::new(component).unwrap(), number: 1, id: component.to_owned() };
            let line = |time: &&str| {
                let time = (*time).to_owned();
                Ok(LogLine { line: format!("{component} {time}"), time, source: LogSource::Stdout })
            };
            (writer, stream::iter(times.iter().map(line).collect::<Vec<_>>()).boxed())
        };
        let streams = vec![lines("a", &["1", "4", "4", "9"]), lines("b", &["2", "3", "4"]), lines("c", &[])];
        let mut seen = Vec::new();
        merge(streams, |_, line| {
            seen.push(line.line.clone());
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(seen, ["a 1", "b 2", "b 3", "a 4", "a 4", "b 4", "a 9"]);
    }
}
