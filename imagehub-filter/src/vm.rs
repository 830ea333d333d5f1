//! One worker's VM: its root contexts (one per configuration in use) and the requests they serve.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::entry::Action;
use crate::host;
use crate::http::{self, Stream};
use crate::reply;
use crate::root::Root;

struct Vm {
    roots: BTreeMap<u32, Root>,
    streams: BTreeMap<u32, Stream>,
}

thread_local! {
    static VM: RefCell<Vm> = const {
        RefCell::new(Vm { roots: BTreeMap::new(), streams: BTreeMap::new() })
    };
}

/// Runs `action` on the VM. The proxy defers what its functions set off until the VM is left, so the VM
/// is never entered twice; if it were, there is `None` rather than a panic.
fn with<T>(action: impl FnOnce(&mut Vm) -> T) -> Option<T> {
    VM.try_with(|vm| vm.try_borrow_mut().ok().map(|mut vm| action(&mut vm)))
        .ok()
        .flatten()
}

impl Vm {
    /// A request and the root context it belongs to.
    fn stream(&mut self, context: u32) -> Option<(&mut Root, &mut Stream)> {
        let stream = self.streams.get_mut(&context)?;
        let root = self.roots.get_mut(&stream.root())?;
        Some((root, stream))
    }

    /// Decides once more on the requests that waited for keys.
    fn resume_waiting(&mut self, root: u32) {
        let waiting = self.roots.get_mut(&root).map(Root::take_waiting);
        for context in waiting.unwrap_or_default() {
            if let Some((root, stream)) = self.stream(context)
                && host::set_effective_context(context).is_ok()
            {
                http::resume(root, stream, context);
            }
        }
        if let Some(state) = self.roots.get_mut(&root)
            && host::set_effective_context(root).is_ok()
        {
            state.set_timer();
        }
    }
}

/// A new root context (`parent` is 0) or a new request.
pub fn create(context: u32, parent: u32) {
    with(|vm| {
        if parent == 0 {
            vm.roots.insert(context, Root::new(context));
        } else {
            vm.streams.insert(context, Stream::new(parent));
        }
    });
}

/// The end of a context.
pub fn delete(context: u32) {
    with(|vm| {
        if vm.streams.remove(&context).is_none() {
            vm.roots.remove(&context);
        }
    });
}

/// Takes a root context's configuration; `false` refuses it.
pub fn configure(context: u32, size: usize) -> bool {
    with(|vm| {
        // A new configuration begins with the keys its predecessor has, if they come from the same place.
        let mut root = vm.roots.remove(&context)?;
        let accepted = root.configure(size, vm.roots.values());
        vm.roots.insert(context, root);
        Some(accepted)
    })
    .flatten()
    .unwrap_or(false)
}

/// The timer of a root context.
pub fn tick(context: u32) {
    with(|vm| {
        if let Some(root) = vm.roots.get_mut(&context) {
            root.tick();
            vm.resume_waiting(context);
        }
    });
}

/// The answer to a call for keys.
pub fn call_response(context: u32, token: u32, headers: usize, body_size: usize) {
    with(|vm| {
        if let Some(root) = vm.roots.get_mut(&context) {
            root.keys_arrived(token, headers, body_size);
            vm.resume_waiting(context);
        }
    });
}

/// The head of a request. One that cannot be judged is not let through.
pub fn request_headers(context: u32) -> Action {
    with(|vm| {
        vm.stream(context)
            .map(|(root, stream)| http::request(root, stream, context))
    })
    .flatten()
    .unwrap_or_else(reply::not_judged)
}

/// The trailers of a request: nothing in them may pass for one of the filter's own headers.
pub fn request_trailers(_context: u32) -> Action {
    match http::strip_trailers() {
        Some(()) => Action::Continue,
        None => reply::not_judged(),
    }
}

/// The head of a response.
pub fn response_headers(context: u32) -> Action {
    with(|vm| {
        if let Some((root, stream)) = vm.stream(context) {
            http::response(root, stream);
        }
    });
    Action::Continue
}
