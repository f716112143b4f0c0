//! One piece of work for all who ask for the same thing, and its result for those who ask a little later.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Results by key: being made, or kept.
pub(super) struct Flights<V> {
    slots: Mutex<Slots<V>>,
    /// How many are kept.
    most: usize,
}

struct Slots<V> {
    by_key: HashMap<String, (u64, Slot<V>)>,
    /// What is kept, the oldest first.
    order: VecDeque<(u64, String)>,
    next: u64,
}

enum Slot<V> {
    Running(watch::Receiver<Option<V>>),
    Kept(V, Instant),
}

/// What there is of a key.
pub(super) enum Found<V> {
    /// A result.
    Kept(V),
    /// Somebody makes it. The sender is gone without a result when they could not begin.
    Running(watch::Receiver<Option<V>>),
    /// Nobody does: whoever has this should.
    Mine(Ticket<V>, watch::Receiver<Option<V>>),
}

/// The right, and duty, to make a result. Dropped without one, the next who asks gets it.
pub(super) struct Ticket<V> {
    flights: Arc<Flights<V>>,
    key: String,
    number: u64,
    sender: watch::Sender<Option<V>>,
}

impl<V: Clone> Flights<V> {
    pub(super) fn new(most: usize) -> Arc<Self> {
        let slots = Slots { by_key: HashMap::new(), order: VecDeque::new(), next: 0 };
        Arc::new(Self { slots: Mutex::new(slots), most: most.max(1) })
    }

    fn lock(&self) -> MutexGuard<'_, Slots<V>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are kept or being made.
    pub(super) fn len(&self) -> usize {
        self.lock().by_key.len()
    }

    /// What there is of a key; a kept result only when it is good enough for who asks.
    pub(super) fn look(self: &Arc<Self>, key: &str, good: impl Fn(&V) -> bool) -> Found<V> {
        let mut slots = self.lock();
        match slots.by_key.get(key) {
            Some((_, Slot::Kept(value, until))) if *until > Instant::now() && good(value) => {
                return Found::Kept(value.clone());
            }
            // One whose sender is gone is of somebody who could not begin and is about to take it away.
            Some((_, Slot::Running(result))) if result.has_changed().is_ok() => return Found::Running(result.clone()),
            _ => {}
        }
        let (sender, result) = watch::channel(None);
        let number = slots.next;
        slots.next = number.wrapping_add(1);
        slots.by_key.insert(key.to_owned(), (number, Slot::Running(result.clone())));
        Found::Mine(Ticket { flights: Arc::clone(self), key: key.to_owned(), number, sender }, result)
    }
}

impl<V: Clone> Slots<V> {
    /// Whether a key still has what was put there with a number.
    fn is_current(&self, key: &str, number: u64) -> bool {
        self.by_key.get(key).is_some_and(|(own, _)| *own == number)
    }

    /// Makes room: what is out of date, or else the oldest.
    fn shrink(&mut self, most: usize) {
        let now = Instant::now();
        while let Some((number, key)) = self.order.front() {
            let kept = match self.by_key.get(key) {
                Some((own, Slot::Kept(_, until))) if own == number => Some(*until),
                _ => None,
            };
            if kept.is_some_and(|until| until > now) && self.order.len() <= most {
                break;
            }
            if kept.is_some() {
                self.by_key.remove(key);
            }
            self.order.pop_front();
        }
    }
}

impl<V: Clone> Ticket<V> {
    /// Gives the result to all who wait, and keeps it for a while.
    pub(super) fn finish(self, value: V, keep: Duration) {
        let mut slots = self.flights.lock();
        if slots.is_current(&self.key, self.number)
            && let Some(until) = Instant::now().checked_add(keep)
        {
            slots.by_key.insert(self.key.clone(), (self.number, Slot::Kept(value.clone(), until)));
            slots.order.push_back((self.number, self.key.clone()));
            slots.shrink(self.flights.most);
        }
        drop(slots);
        self.sender.send_replace(Some(value));
    }
}

impl<V> Drop for Ticket<V> {
    fn drop(&mut self) {
        let mut slots = self.flights.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let running = matches!(slots.by_key.get(&self.key), Some((own, Slot::Running(_))) if *own == self.number);
        if running {
            slots.by_key.remove(&self.key);
        }
    }
}

/// Waits for a result. `None` when whoever was to make it could not begin.
pub(super) async fn landed<V: Clone>(mut result: watch::Receiver<Option<V>>) -> Option<V> {
    let value = result.wait_for(Option::is_some).await.ok()?;
    value.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn mine(flights: &Arc<Flights<u32>>, key: &str) -> Ticket<u32> {
        match flights.look(key, |_| true) {
            Found::Mine(ticket, _) => ticket,
            _ => panic!("{key} is somebody's"),
        }
    }

    #[test]
    fn one_makes_it_and_all_have_it() {
        let flights = Flights::new(10);
        let ticket = mine(&flights, "a");
        assert!(matches!(flights.look("a", |_| true), Found::Running(_)));
        ticket.finish(7, LONG);
        assert!(matches!(flights.look("a", |_| true), Found::Kept(7)));
        assert!(matches!(flights.look("a", |value| *value > 7), Found::Mine(..)));
    }

    #[test]
    fn what_was_not_made_is_for_the_next() {
        let flights = Flights::new(10);
        drop(mine(&flights, "a"));
        mine(&flights, "a").finish(1, Duration::ZERO);
        drop(mine(&flights, "a"));
        assert_eq!(flights.len(), 0);
    }

    #[test]
    fn no_more_are_kept_than_may_be() {
        let flights = Flights::new(3);
        for number in 0..100 {
            mine(&flights, &number.to_string()).finish(number, LONG);
        }
        assert_eq!(flights.len(), 3);
        assert!(matches!(flights.look("99", |_| true), Found::Kept(99)));
        assert_eq!(flights.lock().order.len(), 3);
    }

    #[test]
    fn a_key_that_is_made_again_and_again_is_there_once() {
        let flights = Flights::new(3);
        for _ in 0..100 {
            mine(&flights, "a").finish(1, Duration::ZERO);
        }
        assert!(flights.lock().order.len() <= 3);
    }
}
