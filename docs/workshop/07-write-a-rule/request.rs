    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let path = self.get_http_request_header_bytes(":path").unwrap_or_default();
        let agent = self.get_http_request_header_bytes("user-agent").unwrap_or_default();
        if rule::refuses(&String::from_utf8_lossy(&path), &String::from_utf8_lossy(&agent)) {
            self.send_http_response(403, vec![], Some(b"refused by a rule"));
            return Action::Pause;
        }
        Action::Continue
    }

