//! How queries share their memory.

use std::fmt::{Display, Formatter};
use std::sync::{Mutex, MutexGuard, PoisonError};

use datafusion::common::{Result, resources_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

/// The part of the memory that those who can write to files leave to those who cannot: one in so many.
const KEPT_BACK: usize = 4;

/// A pool in which everybody who can write rows to files gets the same share, of at most three quarters of all;
/// whoever cannot gets what is asked for while there is some.
///
/// DataFusion's own fair pool lets sorts take everything: then a join or a count that stands above them and needs a
/// little has nothing, and the query fails though it could go on.
#[derive(Debug)]
pub(crate) struct Shares {
    size: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    /// How many can write to files.
    spillers: usize,
    /// Bytes that they hold.
    spillable: usize,
    /// Bytes of the others.
    fixed: usize,
}

impl Shares {
    /// Makes a pool of so many bytes.
    pub(crate) fn new(size: usize) -> Self {
        Self { size, taken: Mutex::default() }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Numbers are never half changed.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// The bytes of those who are like the consumer.
    fn of(&mut self, consumer: &MemoryConsumer) -> &mut usize {
        if consumer.can_spill() { &mut self.spillable } else { &mut self.fixed }
    }

    /// What a consumer that holds so much may hold at most.
    fn most(&self, size: usize, consumer: &MemoryConsumer, held: usize) -> usize {
        let left = size.saturating_sub(self.fixed + self.spillable - held);
        let share = (size - self.fixed.clamp(size / KEPT_BACK, size)) / self.spillers.max(1);
        if consumer.can_spill() { left.min(share) } else { left }
    }
}

impl MemoryPool for Shares {
    fn name(&self) -> &str {
        "shares"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.taken().spillers += usize::from(consumer.can_spill());
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        let mut taken = self.taken();
        taken.spillers = taken.spillers.saturating_sub(usize::from(consumer.can_spill()));
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        *self.taken().of(reservation.consumer()) += additional;
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        let mut taken = self.taken();
        let bytes = taken.of(reservation.consumer());
        *bytes = bytes.saturating_sub(shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let mut taken = self.taken();
        let (consumer, held) = (reservation.consumer(), reservation.size());
        let most = taken.most(self.size, consumer, held);
        if held + additional > most {
            // In the words of DataFusion's pools, of which an error takes the name.
            return resources_err!(
                "Additional allocation failed for {}: {held} + {additional} > {most}",
                consumer.name()
            );
        }
        *taken.of(consumer) += additional;
        Ok(())
    }

    fn reserved(&self) -> usize {
        let taken = self.taken();
        taken.spillable + taken.fixed
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.size)
    }
}

impl Display for Shares {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "shares of {} bytes", self.size)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn sorts_share_three_quarters_and_leave_the_rest() {
        let pool: Arc<dyn MemoryPool> = Arc::new(Shares::new(100));
        let [one, two] = ["a", "b"].map(|name| MemoryConsumer::new(name).with_can_spill(true).register(&pool));
        let fixed = MemoryConsumer::new("c").register(&pool);
        assert!(one.try_grow(38).is_err());
        assert!(one.try_grow(37).is_ok() && two.try_grow(37).is_ok());
        assert!(fixed.try_grow(27).is_err());
        assert!(fixed.try_grow(26).is_ok());
        assert_eq!(pool.reserved(), 100);
        drop(two);
        assert!(fixed.try_grow(37).is_ok());
        assert!(one.try_grow(1).is_err());
        fixed.shrink(60);
        assert!(one.try_grow(38).is_ok());
    }
}
