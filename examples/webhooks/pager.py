"""A pager for rooms/device-gateway: prints what the group `alarms` is told, as any server of yours could take it.

    python3 examples/webhooks/pager.py                      # on 127.0.0.1:7072, with the secret that rooms/device-gateway/windlass.yaml has
    windlass serve rooms/device-gateway

Nothing but Python is needed. A message may come twice, when the answer to the first was lost: its id tells.
"""

import http.server
import json
import os
import sys

os.environ.setdefault("BOX_OFFICE_SECRET", os.environ.get("PAGER_SECRET", "only for trying, as everybody can read it here"))
from box_office import is_signed

seen = set()


class Pager(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 1048576))
        if not is_signed(self.headers, body):
            return self.send_error(401)
        if self.headers["webhook-id"] not in seen:
            seen.add(self.headers["webhook-id"])
            print(json.dumps(json.loads(body)["frame"]["message"]), flush=True)
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7072
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Pager).serve_forever()
