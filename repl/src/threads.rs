//! The threads that the engine works on, and how the program waits for it: with a spinner, an ear for Ctrl-C, and a
//! net under it.

use std::cell::RefCell;
use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use rehunt_engine::engine::{Answer, Session};
use rehunt_engine::error::{Error, Result};
use rehunt_engine::limits::out_of_time;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinError;
use tokio::time::Instant;

use crate::interrupt::Interrupt;
use crate::progress::{PATIENCE, Spinner};

/// Stack of a thread, in bytes. Queries and plans nest deep, and unoptimised builds need much for it.
pub const STACK: usize = 16 << 20;

/// How long what was left behind gets to remove its temporary files when the program ends.
const LINGER: Duration = Duration::from_secs(1);

/// Where the engine works, and where the program waits meanwhile.
///
/// They are apart because a query can keep every thread of its runtime busy for seconds, and then that runtime's
/// clocks and signals stand still.
#[derive(Debug)]
pub struct Threads {
    engine: RefCell<Runtime>,
    waiting: Runtime,
    /// The ends of threads that were left behind.
    left: RefCell<Vec<JoinHandle<()>>>,
}

impl Threads {
    /// Starts the threads, one a core.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start() -> io::Result<Self> {
        Ok(Self {
            engine: RefCell::new(engine_threads()?),
            waiting: Builder::new_current_thread().enable_time().build()?,
            left: RefCell::default(),
        })
    }

    /// Runs a query to its end, or until the interrupt is raised.
    ///
    /// # Errors
    /// Those of [`Session::run`], and [`Error::Cancelled`].
    pub fn run(&self, session: Session, query: &str, interrupt: &Interrupt, watched: bool) -> Result<Answer> {
        let (query, limit) = (query.to_owned(), session.limits().time);
        self.wait(interrupt, watched, limit, async move { session.run(&query).await })
    }

    /// Waits for the engine, or until the interrupt is raised. A panic of the engine is an error like any other.
    /// `watched` shows a spinner when it takes long; after `limit` the engine is left behind.
    ///
    /// # Errors
    /// Those of the engine, and [`Error::Cancelled`].
    pub fn wait<T: Send + 'static>(
        &self,
        interrupt: &Interrupt,
        watched: bool,
        limit: Option<Duration>,
        asked: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let mut running = self.engine.borrow().spawn(asked);
        let ended = self.waiting.block_on(async {
            let mut spinner = None;
            let end = Instant::now() + limit.unwrap_or_default();
            loop {
                tokio::select! {
                    done = &mut running => return Ok(done.unwrap_or_else(|e| Err(internal(e)))),
                    () = interrupt.raised() => return Err(Error::Cancelled),
                    // The engine keeps the limit itself, but not while every thread of its own is busy.
                    () = tokio::time::sleep_until(end), if limit.is_some() => {
                        return Err(out_of_time(limit.unwrap_or_default()));
                    }
                    () = tokio::time::sleep(PATIENCE), if watched && spinner.is_none() => {
                        spinner = Some(Spinner::start());
                    }
                }
            }
        });
        ended.unwrap_or_else(|stopped| {
            running.abort();
            self.renew();
            Err(stopped)
        })
    }

    /// Does something that never waits, such as binding or loading. It is left behind when the interrupt is raised;
    /// a panic is an error like any other.
    ///
    /// # Errors
    /// What the work returns, and [`Error::Cancelled`].
    pub fn work<T: Send + 'static>(
        &self,
        interrupt: &Interrupt,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let working = self.engine.borrow().spawn_blocking(work);
        self.waiting.block_on(async {
            tokio::select! {
                done = working => done.unwrap_or_else(|e| Err(internal(e))),
                () = interrupt.raised() => Err(Error::Cancelled),
            }
        })
    }

    /// Takes new threads: what was stopped may hold the old ones until it next looks up.
    fn renew(&self) {
        if let Ok(fresh) = engine_threads() {
            let old = self.engine.replace(fresh);
            self.left.borrow_mut().push(std::thread::spawn(|| old.shutdown_timeout(LINGER)));
        }
    }

    /// Ends. Work that was left behind gets a moment to clear up, and is waited for no longer.
    pub fn leave(self) {
        self.engine.into_inner().shutdown_timeout(LINGER);
        for end in self.left.into_inner() {
            // It takes no longer than that; a panic of a thread that nobody waits for is none of ours.
            let _ = end.join();
        }
    }
}

fn engine_threads() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()
}

fn internal(error: JoinError) -> Error {
    error.try_into_panic().map_or(Error::Cancelled, |panic| Error::of_panic(&*panic))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn what_never_ends_is_left_behind_even_when_it_holds_every_thread() {
        let (threads, interrupt) = (Threads::start().unwrap(), Interrupt::default());
        let (never, wait) = channel::<()>();
        let (begun, beginning) = channel();
        let raiser = interrupt.clone();
        std::thread::spawn(move || {
            beginning.recv().unwrap();
            raiser.raise();
        });
        let done = threads.wait(&interrupt, false, None, async move {
            begun.send(()).unwrap();
            let _ = wait.recv(); // blocks the thread, as a busy query does
            Ok(())
        });
        assert!(matches!(done, Err(Error::Cancelled)));
        interrupt.clear();
        assert!(matches!(threads.wait(&interrupt, false, None, async { Ok(7) }), Ok(7)));
        drop(never);
    }

    #[test]
    fn what_was_stopped_clears_up_before_the_program_ends() {
        let (threads, interrupt) = (Threads::start().unwrap(), Interrupt::default());
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        let raiser = interrupt.clone();
        let done = threads.wait::<()>(&interrupt, false, None, async move {
            let _file = file;
            raiser.raise();
            std::thread::sleep(Duration::from_millis(200)); // a step that nobody can stop
            std::future::pending().await
        });
        assert!(matches!(done, Err(Error::Cancelled)) && path.exists());
        threads.leave();
        assert!(!path.exists());
    }

    #[test]
    fn a_panic_is_an_error() {
        let done = Threads::start().unwrap().work::<()>(&Interrupt::default(), || panic!("row {}", 7));
        assert!(matches!(done, Err(Error::Run(message)) if message.contains("row 7")));
    }
}
