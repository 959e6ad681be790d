"""A box office for rooms/backstage: answers the check `badge_opens`, as any server of yours could answer a check.

    python3 examples/webhooks/box_office.py                 # on 127.0.0.1:7071, with the secret that rooms/backstage/windlass.yaml has
    windlass serve rooms/backstage

Nothing but Python is needed. What it checks of a question is what Standard Webhooks asks for: the signature, and that the time is now.
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import time

SECRET = os.environ.get("BOX_OFFICE_SECRET", "only for trying, as everybody can read it here").encode()
# How far clocks may be apart, in seconds: an old question, caught on the way, is not answered again.
SKEW = 300
BADGES = {"1001": "stage", "2002": "pit"}


def is_signed(headers, body):
    sent = [headers.get(f"webhook-{name}", "") for name in ("id", "timestamp")]
    if not sent[1].isdigit() or abs(time.time() - int(sent[1])) > SKEW:
        return False
    tag = hmac.new(SECRET, ".".join(sent).encode() + b"." + body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(tag).decode()
    # a sender that changes its secret signs with both for a while
    return any(hmac.compare_digest(given, wanted) for given in headers.get("webhook-signature", "").split())


def answer(question):
    zone = BADGES.get(question["args"]["badge"])
    if zone is None:
        return {"failed": "this badge is not known at the box office"}
    return {"passed": {"zone": zone}}


class BoxOffice(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 65536))
        if not is_signed(self.headers, body):
            return self.send_error(401)
        text = json.dumps(answer(json.loads(body))).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7071
    http.server.ThreadingHTTPServer(("127.0.0.1", port), BoxOffice).serve_forever()
