//! Writing the page. The only file that names the library of its format.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;

/// Names and values.
pub(super) type Labels = Vec<(&'static str, String)>;

/// Families in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Page(Vec<Family>);

#[derive(Debug)]
struct Family {
    name: &'static str,
    help: &'static str,
    samples: Samples,
}

#[derive(Debug)]
enum Samples {
    Counters(Vec<(Labels, u64)>),
    Gauges(Vec<(Labels, u64)>),
    /// Times in seconds: the upper bounds with how many are in each class, and all of them together.
    Times(Vec<(f64, u64)>, f64),
}

impl Page {
    /// A number that only grows.
    pub(super) fn counter(&mut self, name: &'static str, help: &'static str, value: u64) {
        self.counters(name, help, [(Labels::new(), value)]);
    }

    /// Such numbers by labels.
    pub(super) fn counters(
        &mut self,
        name: &'static str,
        help: &'static str,
        samples: impl IntoIterator<Item = (Labels, u64)>,
    ) {
        self.0.push(Family { name, help, samples: Samples::Counters(samples.into_iter().collect()) });
    }

    /// A number as it is now.
    pub(super) fn gauge(&mut self, name: &'static str, help: &'static str, value: u64) {
        self.gauges(name, help, [(Labels::new(), value)]);
    }

    /// Such numbers by labels.
    pub(super) fn gauges(
        &mut self,
        name: &'static str,
        help: &'static str,
        samples: impl IntoIterator<Item = (Labels, u64)>,
    ) {
        self.0.push(Family { name, help, samples: Samples::Gauges(samples.into_iter().collect()) });
    }

    /// Times: upper bounds of classes, how many are in each, one more for those beyond, and the sum. All in seconds.
    pub(super) fn times(
        &mut self,
        name: &'static str,
        help: &'static str,
        bounds: impl Iterator<Item = f64>,
        counts: impl IntoIterator<Item = u64>,
        sum: f64,
    ) {
        let classes = bounds.chain([f64::INFINITY]).zip(counts).collect();
        self.0.push(Family { name, help, samples: Samples::Times(classes, sum) });
    }

    /// The text.
    pub(super) fn text(self) -> String {
        let mut registry = Registry::with_prefix("windlass");
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        // writing to a text does not fail
        let _ = encode(&mut text, &registry);
        text
    }
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|family| family.write(&mut encoder))
    }
}

impl Family {
    fn write(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let kind = match self.samples {
            Samples::Counters(_) => MetricType::Counter,
            Samples::Gauges(_) => MetricType::Gauge,
            Samples::Times(..) => MetricType::Histogram,
        };
        let mut encoder = encoder.encode_descriptor(self.name, self.help, None, kind)?;
        match &self.samples {
            Samples::Counters(samples) => each(samples, &mut encoder, |encoder, value| {
                encoder.encode_counter::<NoLabelSet, u64, f64>(&value, None)
            }),
            Samples::Gauges(samples) => each(samples, &mut encoder, |encoder, value| encoder.encode_gauge(&value)),
            Samples::Times(classes, sum) => {
                let count = classes.iter().map(|(_, count)| count).sum();
                encoder.encode_histogram::<NoLabelSet>(*sum, count, classes, None)
            }
        }
    }
}

fn each(
    samples: &[(Labels, u64)],
    encoder: &mut MetricEncoder<'_>,
    write: impl Fn(&mut MetricEncoder<'_>, u64) -> fmt::Result,
) -> fmt::Result {
    samples.iter().try_for_each(|(labels, value)| match &labels[..] {
        [] => write(encoder, *value),
        [_, ..] => write(&mut encoder.encode_family(labels)?, *value),
    })
}
