//! Ctrl-C, as something that can be waited for and asked about.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Tells what is going on that it should stop; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    raised: Arc<AtomicBool>,
    waiting: Arc<Notify>,
    /// Nothing is going on any more that could be stopped.
    done: Arc<AtomicBool>,
}

/// The exit code of a program that Ctrl-C ended, as shells have it.
const ENDED: i32 = 130;

impl Interrupt {
    /// Makes Ctrl-C raise this from now on, in place of ending the process. It listens on a thread of its own: those
    /// of the engine may all be busy.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn listen(&self) -> io::Result<()> {
        let interrupt = self.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        std::thread::Builder::new().name("ctrl-c".into()).spawn(move || {
            runtime.block_on(async {
                while tokio::signal::ctrl_c().await.is_ok() {
                    if interrupt.done.load(Ordering::Relaxed) {
                        std::process::exit(ENDED);
                    }
                    interrupt.raise();
                }
            });
        })?;
        Ok(())
    }

    /// Gives Ctrl-C back: from now on it ends the process, as it does when nobody listens.
    pub fn done(&self) {
        self.done.store(true, Ordering::Relaxed);
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
    pub async fn raised(&self) {
        let notified = self.waiting.notified();
        tokio::pin!(notified);
        notified.as_mut().enable(); // before the look at the flag, so that nothing falls between
        if !self.is_raised() {
            notified.await;
        }
    }
}
