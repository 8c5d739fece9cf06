//! Asks the engine: with a spinner, an ear for Ctrl-C, and a net under it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rehunt_engine::engine::{Answer, Session};
use rehunt_engine::error::{Error, Result};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinError;

use crate::progress::{PATIENCE, Spinner};

/// Tells what is going on that it should stop; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    raised: Arc<AtomicBool>,
    waiting: Arc<Notify>,
}

impl Interrupt {
    /// Makes Ctrl-C raise this from now on, in place of ending the process.
    pub fn listen(&self, runtime: &Runtime) {
        let interrupt = self.clone();
        runtime.spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                interrupt.raise();
            }
        });
    }

    /// Asks whatever is going on to stop.
    pub fn raise(&self) {
        self.raised.store(true, Ordering::Relaxed);
        self.waiting.notify_waiters();
    }

    /// Forgets what was asked before.
    pub fn clear(&self) {
        self.raised.store(false, Ordering::Relaxed);
    }

    /// Tells whether to stop.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    /// Waits until somebody asks to stop.
    async fn raised(&self) {
        let notified = self.waiting.notified();
        tokio::pin!(notified);
        notified.as_mut().enable(); // before the look at the flag, so that nothing falls between
        if !self.is_raised() {
            notified.await;
        }
    }
}

/// Runs a query to its end, or until the interrupt is raised.
///
/// # Errors
/// Those of [`Session::run`], and [`Error::Cancelled`].
pub fn run(runtime: &Runtime, session: Session, query: &str, interrupt: &Interrupt, watched: bool) -> Result<Answer> {
    let query = query.to_owned();
    wait(runtime, interrupt, watched, async move { session.run(&query).await })
}

/// Waits for the engine, or until the interrupt is raised. A panic of the engine is an error like any other.
///
/// # Errors
/// Those of the engine, and [`Error::Cancelled`].
pub fn wait<T: Send + 'static>(
    runtime: &Runtime,
    interrupt: &Interrupt,
    watched: bool,
    asked: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    runtime.block_on(async move {
        // On its own task: it can be left behind at once even where it does not notice, and a panic stays there.
        let mut running = tokio::spawn(asked);
        let mut spinner = None;
        loop {
            tokio::select! {
                done = &mut running => return done.unwrap_or_else(|e| Err(internal(e))),
                () = interrupt.raised() => {
                    running.abort();
                    return Err(Error::Cancelled);
                }
                () = tokio::time::sleep(PATIENCE), if watched && spinner.is_none() => spinner = Some(Spinner::start()),
            }
        }
    })
}

/// Runs something that does not wait, such as binding or loading, away from this thread: it can be left behind when
/// the interrupt is raised, and a panic stays there.
///
/// # Errors
/// What the work returns, and [`Error::Cancelled`].
pub fn work<T: Send + 'static>(
    runtime: &Runtime,
    interrupt: &Interrupt,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    runtime.block_on(async move {
        let working = tokio::task::spawn_blocking(work);
        tokio::select! {
            done = working => done.unwrap_or_else(|e| Err(internal(e))),
            () = interrupt.raised() => Err(Error::Cancelled),
        }
    })
}

fn internal(error: JoinError) -> Error {
    let Ok(panic) = error.try_into_panic() else { return Error::Cancelled };
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    Error::Run(format!("internal error, please report it: {}", text.unwrap_or("unknown")))
}

/// Makes the runtime everything runs on.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> std::io::Result<Runtime> {
    // Plans nest deep, and unoptimised builds need much stack for it; the main thread of Windows has 1 MiB.
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn work_that_never_ends_is_left_behind() {
        let (runtime, interrupt) = (runtime().unwrap(), Interrupt::default());
        let (never, wait) = channel::<()>();
        let raiser = interrupt.clone();
        let (begun, beginning) = channel();
        std::thread::spawn(move || {
            beginning.recv().unwrap();
            raiser.raise();
        });
        let done = work(&runtime, &interrupt, move || {
            begun.send(()).unwrap();
            let _ = wait.recv();
            Ok(())
        });
        assert!(matches!(done, Err(Error::Cancelled)));
        drop(never);
    }

    #[test]
    fn a_panic_is_an_error() {
        let done = work::<()>(&runtime().unwrap(), &Interrupt::default(), || panic!("row {}", 7));
        assert!(matches!(done, Err(Error::Run(message)) if message.contains("row 7")));
    }
}
