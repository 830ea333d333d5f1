//! One worker: a VM, its root context and its requests.

use std::collections::{BTreeMap, BTreeSet};

use wasmi::{Instance, Linker, Store, WasmParams, WasmResults};

use super::{Exchange, Fate, Headers, Proxy, abi, module};

/// The callbacks that a worker enters.
pub const CALLBACKS: [&str; 8] = [
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_on_configure",
    "proxy_on_tick",
    "proxy_on_request_headers",
    "proxy_on_request_trailers",
    "proxy_on_response_headers",
    "proxy_on_http_call_response",
];

/// What the proxy's functions see and change.
pub struct State {
    pub(super) proxy: Proxy,
    pub(super) configuration: Vec<u8>,
    pub(super) exchanges: BTreeMap<u32, Exchange>,
    pub(super) current: u32,
    pub(super) effective: u32,
    pub(super) answer: Option<(Headers, Vec<u8>)>,
    pub(super) calls: Vec<Call>,
    pub(super) next_token: u32,
    pub(super) clusters_known: bool,
    pub(super) root: u32,
    pub(super) tick_millis: u32,
    /// Requests that the current call of the VM answered or resumed.
    pub(super) replies: usize,
    pub(super) log: Vec<String>,
    pub(super) called: BTreeSet<&'static str>,
    pub(super) before_next_write: Option<Box<dyn FnOnce()>>,
}

/// A call the filter made to a cluster.
#[derive(Clone, Debug)]
pub struct Call {
    /// Names the call.
    pub token: u32,
    /// Where to.
    pub cluster: String,
    /// Its head.
    pub headers: Headers,
    /// How long the proxy waits for the answer.
    pub timeout_millis: u32,
}

/// One worker of a proxy.
pub struct Worker {
    store: Store<State>,
    instance: Instance,
    last_context: u32,
    most_replies: usize,
}

impl Worker {
    pub(super) fn new(proxy: Proxy) -> Self {
        let module = module::compiled();
        let engine = module.engine().clone();
        let mut store = Store::new(
            &engine,
            State {
                proxy,
                configuration: Vec::new(),
                exchanges: BTreeMap::new(),
                current: 0,
                effective: 0,
                answer: None,
                calls: Vec::new(),
                next_token: 1,
                clusters_known: true,
                root: 0,
                tick_millis: 0,
                replies: 0,
                log: Vec::new(),
                called: BTreeSet::new(),
                before_next_write: None,
            },
        );
        let mut linker = Linker::new(&engine);
        abi::define(&mut linker, module);
        let instance = linker
            .instantiate_and_start(&mut store, module)
            .expect("a module that starts");
        let mut worker = Self {
            store,
            instance,
            last_context: 0,
            most_replies: 0,
        };
        worker.enter::<(), ()>(0, "_initialize", ());
        worker
    }

    /// A new root context with this configuration; it serves the requests from now on if accepted.
    pub fn configure(&mut self, configuration: &[u8]) -> bool {
        let root = self.next_context();
        let before = std::mem::replace(&mut self.store.data_mut().root, root);
        let size = i32::try_from(configuration.len()).expect("a small configuration");
        self.store.data_mut().configuration = configuration.to_vec();
        self.enter::<(i32, i32), ()>(root, "proxy_on_context_create", (arg(root), 0));
        let accepted = self.enter::<(i32, i32), i32>(root, "proxy_on_configure", (arg(root), size));
        if accepted != 1 && before != 0 {
            self.enter::<i32, ()>(root, "proxy_on_delete", arg(root));
            self.store.data_mut().root = before;
        }
        accepted == 1
    }

    /// The period the current root context asked for, in milliseconds; 0 is never.
    pub fn tick_period(&self) -> u32 {
        self.store.data().tick_millis
    }

    /// The root context's timer fires.
    pub fn tick(&mut self) {
        let root = self.store.data().root;
        self.enter::<i32, ()>(root, "proxy_on_tick", arg(root));
    }

    /// Lets so much time pass, in which the timer fires as often as its period says.
    pub fn tick_for_millis(&mut self, millis: u64) {
        let mut passed = 0;
        while passed < millis {
            let period = u64::from(self.tick_period()).min(millis - passed);
            self.store.data().proxy.advance_millis(period);
            passed += period;
            self.tick();
        }
    }

    /// The most requests that one call of the VM answered or resumed so far.
    pub fn most_replies(&self) -> usize {
        self.most_replies
    }

    /// The calls made since this was last asked.
    pub fn take_calls(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.store.data_mut().calls)
    }

    /// Makes the clusters known, or unknown as while the proxy starts.
    pub fn know_clusters(&mut self, known: bool) {
        self.store.data_mut().clusters_known = known;
    }

    /// A call is answered, or fails (`None`).
    pub fn answer(&mut self, call: &Call, answer: Option<(&str, &[u8])>) {
        let (headers, size) = answer.map_or((0, 0), |(_, body)| (1, body.len()));
        self.store.data_mut().answer =
            answer.map(|(status, body)| (super::headers(&[(":status", status)]), body.to_vec()));
        let root = self.store.data().root;
        self.enter::<(i32, i32, i32, i32, i32), ()>(
            root,
            "proxy_on_http_call_response",
            (
                arg(root),
                arg(call.token),
                headers,
                i32::try_from(size).expect("a small body"),
                0,
            ),
        );
        self.store.data_mut().answer = None;
    }

    /// A request arrives; the context it got, and what became of it.
    pub fn request(&mut self, exchange: Exchange) -> (u32, Fate) {
        let context = self.next_context();
        let root = self.store.data().root;
        self.enter::<(i32, i32), ()>(
            context,
            "proxy_on_context_create",
            (arg(context), arg(root)),
        );
        let count = i32::try_from(exchange.request.len()).expect("a bounded head");
        self.store.data_mut().exchanges.insert(context, exchange);
        let action = self.enter::<(i32, i32, i32), i32>(
            context,
            "proxy_on_request_headers",
            (arg(context), count, 1),
        );
        let exchange = self.exchange_mut(context);
        exchange.paused = action == 1;
        (context, exchange.fate())
    }

    /// Trailers of a request arrive; what the filter leaves of them.
    pub fn trailers(&mut self, context: u32, trailers: Headers) -> Headers {
        self.exchange_mut(context).trailers = trailers;
        let action =
            self.enter::<(i32, i32), i32>(context, "proxy_on_request_trailers", (arg(context), 1));
        assert_eq!(action, 0, "trailers go on");
        self.exchange_mut(context).trailers.clone()
    }

    /// The response's head passes the filter; what it looks like behind it.
    pub fn response(&mut self, context: u32, head: Headers) -> Headers {
        self.exchange_mut(context).response = head;
        let action = self.enter::<(i32, i32, i32), i32>(
            context,
            "proxy_on_response_headers",
            (arg(context), 1, 1),
        );
        assert_eq!(action, 0, "responses go on");
        self.exchange_mut(context).response.clone()
    }

    /// The request is over.
    pub fn finish(&mut self, context: u32) {
        self.enter::<i32, ()>(context, "proxy_on_delete", arg(context));
        self.store.data_mut().exchanges.remove(&context);
    }

    /// The exchange of a context.
    pub fn exchange_mut(&mut self, context: u32) -> &mut Exchange {
        self.store
            .data_mut()
            .exchanges
            .get_mut(&context)
            .expect("a request that is not over")
    }

    /// The log since this was last asked.
    pub fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.store.data_mut().log)
    }

    /// Runs something between this worker's next read of shared data and its write.
    pub fn before_next_write(&mut self, run: impl FnOnce() + 'static) {
        self.store.data_mut().before_next_write = Some(Box::new(run));
    }

    /// The proxy's functions that the module has called.
    pub fn called(&self) -> &BTreeSet<&'static str> {
        &self.store.data().called
    }

    /// Bytes of memory the VM has.
    pub fn memory(&self) -> usize {
        self.instance
            .get_memory(&self.store, "memory")
            .expect("an exported memory")
            .data_size(&self.store)
    }

    fn next_context(&mut self) -> u32 {
        self.last_context += 1;
        self.last_context
    }

    fn enter<P: WasmParams, R: WasmResults>(&mut self, context: u32, name: &str, params: P) -> R {
        assert!(name == "_initialize" || CALLBACKS.contains(&name), "{name}");
        let state = self.store.data_mut();
        (state.current, state.effective, state.replies) = (context, 0, 0);
        let result = self
            .instance
            .get_typed_func::<P, R>(&self.store, name)
            .unwrap_or_else(|error| panic!("{name}: {error}"))
            .call(&mut self.store, params)
            .unwrap_or_else(|trap| {
                panic!("{name} trapped: {trap}; log: {:?}", self.store.data().log)
            });
        self.most_replies = self.most_replies.max(self.store.data().replies);
        result
    }
}

fn arg(context: u32) -> i32 {
    context.cast_signed()
}
