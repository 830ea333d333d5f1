//! One supervisor an instance: it owns the services as its children, restarts one that dies, and
//! ends all of them when it is asked to, or signalled.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::control::{Phase, Reply, Request};
use super::plan::Service;
use super::slot::{Event, Slot};
use super::spawn::Ending;

/// How long a service may take to end before it is forced to: longer than the application gives to
/// requests in flight, and as long as compose waits.
const TIMEOUT: Duration = Duration::from_secs(35);

/// Runs the services until somebody asks it to end. `configure` is called once, on a thread of its
/// own: it waits for Consul and writes what the proxies need.
///
/// Must be called on a thread that lives until the end: children die with it.
pub fn supervise(
    services: Vec<Service>,
    logs: &std::path::Path,
    events: (Sender<Event>, Receiver<Event>),
    configure: impl FnOnce() -> Result<()> + Send + 'static,
) {
    let (sender, receiver) = events;
    let slots = services
        .into_iter()
        .map(|service| Slot::new(service, logs, sender.clone()))
        .collect();
    let mut supervisor = Supervisor {
        slots,
        phase: Phase::Starting("waiting for Consul".to_owned()),
        waiting: Vec::new(),
        receiver,
    };
    for slot in supervisor
        .slots
        .iter_mut()
        .filter(|slot| !slot.service.needs_consul)
    {
        slot.start();
    }
    std::thread::spawn(move || {
        let _ = sender.send(Event::Configured(configure()));
    });
    supervisor.run();
}

struct Supervisor {
    slots: Vec<Slot>,
    phase: Phase,
    /// Who waits for a service to end.
    waiting: Vec<(&'static str, Sender<Reply>)>,
    receiver: Receiver<Event>,
}

impl Supervisor {
    fn run(&mut self) {
        loop {
            match self.receiver.recv_timeout(self.until_next_deadline()) {
                Ok(Event::Asked(Request::Down, reply)) => {
                    self.end_all();
                    let _ = reply.send(Reply::Done);
                    return;
                }
                Ok(Event::Signalled) | Err(RecvTimeoutError::Disconnected) => {
                    self.end_all();
                    return;
                }
                Ok(event) => self.handle(event),
                Err(RecvTimeoutError::Timeout) => {}
            }
            for slot in &mut self.slots {
                slot.act_on_deadlines();
            }
        }
    }

    fn until_next_deadline(&self) -> Duration {
        self.slots
            .iter()
            .filter_map(Slot::deadline)
            .min()
            .map_or(Duration::from_secs(3600), |deadline| {
                deadline.saturating_duration_since(Instant::now())
            })
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Configured(Ok(())) => {
                self.phase = Phase::Started;
                for slot in self
                    .slots
                    .iter_mut()
                    .filter(|slot| slot.service.needs_consul)
                {
                    slot.start();
                }
            }
            Event::Configured(Err(error)) => {
                self.phase = Phase::Failed(crate::explain::one_line(&error));
            }
            Event::Prepared(name, outcome) => {
                if let Some(slot) = self.slot(name) {
                    slot.prepared(outcome);
                }
            }
            Event::Exited(name, pid, how) => self.exited(name, pid, &how),
            Event::Asked(request, reply) => self.asked(request, reply),
            Event::Signalled => {}
        }
    }

    fn exited(&mut self, name: &'static str, pid: u32, how: &str) {
        if let Some(slot) = self.slot(name) {
            slot.exited(pid, how);
        }
        for (_, reply) in self
            .waiting
            .extract_if(.., |(waited_for, _)| *waited_for == name)
        {
            let _ = reply.send(Reply::Done);
        }
    }

    fn asked(&mut self, request: Request, reply: Sender<Reply>) {
        let (Request::Stop(name) | Request::Start(name) | Request::Restart(name)) = &request else {
            let _ = reply.send(self.status());
            return;
        };
        let names: Vec<&str> = self.slots.iter().map(|slot| slot.service.name).collect();
        let known = names.join(", ");
        let Some(slot) = self
            .slots
            .iter_mut()
            .find(|slot| slot.service.name == *name)
        else {
            let _ = reply.send(Reply::Error(format!(
                "no service {name}: there are {known}"
            )));
            return;
        };
        let ends = match request {
            Request::Start(_) => {
                slot.start();
                false
            }
            Request::Stop(_) => slot.stop(TIMEOUT),
            _ => slot.restart(TIMEOUT),
        };
        if ends {
            self.waiting.push((slot.service.name, reply));
        } else {
            let _ = reply.send(Reply::Done);
        }
    }

    fn status(&self) -> Reply {
        Reply::Status {
            phase: self.phase.clone(),
            services: self.slots.iter().map(Slot::status).collect(),
        }
    }

    /// Layer by layer, so that nobody loses what it stands on.
    fn end_all(&mut self) {
        let mut layers: Vec<u8> = self.slots.iter().map(|slot| slot.service.layer).collect();
        layers.sort_unstable();
        layers.dedup();
        let mut left: VecDeque<u8> = layers.into_iter().rev().collect();
        while let Some(layer) = left.pop_front() {
            let deadline = Instant::now() + TIMEOUT;
            let in_layer = |slot: &&mut Slot| slot.service.layer == layer;
            self.slots.iter_mut().filter(in_layer).for_each(|slot| {
                slot.stop(TIMEOUT);
            });
            while self
                .slots
                .iter()
                .any(|slot| slot.service.layer == layer && slot.runs())
            {
                if Instant::now() >= deadline {
                    for slot in self.slots.iter_mut().filter(in_layer) {
                        slot.end(Ending::Forced);
                    }
                }
                match self.receiver.recv_timeout(Duration::from_millis(500)) {
                    Ok(Event::Exited(name, pid, how)) => self.exited(name, pid, &how),
                    Ok(Event::Asked(Request::Status, reply)) => {
                        let _ = reply.send(self.status());
                    }
                    Ok(Event::Asked(_, reply)) => {
                        let _ = reply.send(Reply::Error("the instance is ending".to_owned()));
                    }
                    _ => {}
                }
            }
        }
    }

    fn slot(&mut self, name: &str) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.service.name == name)
    }
}

/// The channel a supervisor listens on.
pub fn channel() -> (Sender<Event>, Receiver<Event>) {
    mpsc::channel()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::control::ServiceStatus;
    use crate::process::spawn::end_group;
    use std::path::Path;

    fn sleeper(name: &'static str, layer: u8) -> Service {
        Service {
            name,
            program: "sleep".into(),
            args: vec!["1000".into()],
            env: Vec::new(),
            before: Vec::new(),
            needs_consul: false,
            layer,
            port: 1,
        }
    }

    fn ask(events: &Sender<Event>, request: Request) -> Reply {
        let (reply, answer) = mpsc::channel();
        events
            .send(Event::Asked(request, reply))
            .expect("it listens");
        answer
            .recv_timeout(Duration::from_secs(30))
            .expect("it answers")
    }

    fn first(events: &Sender<Event>) -> ServiceStatus {
        match ask(events, Request::Status) {
            Reply::Status { services, .. } => services.into_iter().next().expect("there is one"),
            other => panic!("{other:?}"),
        }
    }

    fn until(events: &Sender<Event>, is_so: impl Fn(&ServiceStatus) -> bool) -> ServiceStatus {
        let start = Instant::now();
        loop {
            let service = first(events);
            if is_so(&service) {
                return service;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "{service:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_service_that_dies_comes_back_one_that_is_stopped_does_not_and_in_the_end_none_is_left() {
        let logs = std::env::temp_dir().join(format!("hub-supervisor-{}", std::process::id()));
        std::fs::create_dir_all(&logs).expect("a folder");
        let (events, receiver) = channel();
        let (theirs, folder) = (events.clone(), logs.clone());
        let supervisor = std::thread::spawn(move || {
            let services = vec![sleeper("lower", 0), sleeper("upper", 1)];
            supervise(services, &folder, (theirs, receiver), || Ok(()));
        });
        let pid = until(&events, |service| service.pid.is_some())
            .pid
            .expect("it runs");
        end_group(pid, Ending::Forced);
        let again = until(&events, |service| {
            service.crashes == 1 && service.pid.is_some()
        });
        assert_ne!(again.pid, Some(pid));

        ask(&events, Request::Stop("lower".to_owned()));
        let stopped = first(&events);
        assert_eq!((stopped.pid, stopped.crashes), (None, 1));
        assert!(matches!(
            ask(&events, Request::Start("lower".to_owned())),
            Reply::Done
        ));
        let last = first(&events).pid.expect("it runs again");

        assert!(matches!(ask(&events, Request::Down), Reply::Done));
        supervisor.join().expect("it ended by itself");
        assert!(!Path::new(&format!("/proc/{last}")).exists());
        std::fs::remove_dir_all(logs).expect("cleaned up");
    }
}
