//! The task of a connection: it comes in, speaks, and is closed.

use super::conversation::{Closing, Conversation};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The way in. Whoever is served there to the end does not speak.
pub(super) type Entering = Pin<Box<dyn Future<Output = Option<Box<Conversation>>> + Send>>;

/// What a connection does now. Each is in a box of its own and given back before the next, which may last: a task is as large as the
/// largest thing that it ever waits for, and so are most that are there.
pub(super) enum Life {
    Entering(Entering),
    Talking(Box<Conversation>),
    Closing(Closing),
}

impl Future for Life {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        loop {
            *self = match &mut *self {
                Life::Entering(entering) => match ready!(entering.as_mut().poll(context)) {
                    Some(conversation) => Life::Talking(conversation),
                    None => return Poll::Ready(()),
                },
                Life::Talking(conversation) => Life::Closing(ready!(Pin::new(conversation).poll(context))),
                Life::Closing(closing) => return closing.as_mut().poll(context),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_is_silent_takes_little() {
        // with what the runtime adds, a task of 128 bytes
        assert!(size_of::<Life>() <= 24);
        assert!(size_of::<Conversation>() <= 104);
    }
}
