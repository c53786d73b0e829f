import { at, encode, SCRATCH, SCRATCH_SIZE, taken } from "./bytes";
import { PluginContext } from "./context";
import { Value } from "./value";
import * as host from "./host";

/** What a web server answered; redirects are not followed. */
export class Response {
  constructor(
    public readonly status: i32,
    /** Name, value, name, value ... */
    public readonly headers: Array<Value>,
    public readonly body: Value,
  ) {}

  /** A header by its name in lower case, null when there is none. */
  header(name: string): string | null {
    for (let i = 0; i + 1 < this.headers.length; i += 2) {
      const found = this.headers[i].asString();
      if (found !== null && found.toLowerCase() == name) return this.headers[i + 1].asString();
    }
    return null;
  }
}

/** Sends requests: only before the call's first write, and not in hooks that may refuse something.
 *  Hosts need the permission network.http_get or network.http_post. */
export class Http {
  constructor(private context: PluginContext) {}

  /** Fetch a URL; null where that fails. */
  get(url: string): Response | null { return this.send("GET", url, "", Value.null()); }

  /** Send a body to a URL; null where that fails. */
  post(url: string, contentType: string, body: Value): Response | null {
    return this.send("POST", url, "Content-Type: " + contentType, body);
  }

  /** Send a request; `headers` are lines "Name: value". */
  send(method: string, url: string, headers: string, body: Value): Response | null {
    const word = encode(method), to = encode(url), lines = encode(headers);
    const bytes = body.toBuffer();
    const handle = host.host_http(
      at(word), word.byteLength, at(to), to.byteLength,
      at(lines), lines.byteLength, at(bytes), bytes.byteLength,
    );
    if (!this.context.check(handle)) return null;
    const reply = this.context.reply(handle);
    const status = reply.get("status"), found = reply.get("headers"), content = reply.get("body");
    return new Response(
      status !== null ? <i32>status.asInteger() : 0,
      found !== null ? found.asArray() : [],
      content !== null ? content : Value.null(),
    );
  }
}

/** A TCP connection; it ends with the call. */
export class Connection {
  constructor(private context: PluginContext, private handle: i32) {}

  /** Send all bytes; how many they are. */
  send(value: Value): i32 {
    const bytes = value.toBuffer();
    const count = host.tcp_send(this.handle, at(bytes), bytes.byteLength);
    this.context.check(count);
    return max(count, 0);
  }

  /** Wait for bytes; empty at the end. */
  receive(): Value {
    const count = host.tcp_recv(this.handle, SCRATCH, SCRATCH_SIZE);
    this.context.check(count);
    const bytes = taken(max(count, 0));
    return bytes !== null ? Value.buffer(bytes) : Value.null();
  }

  close(): void { this.context.check(host.tcp_close(this.handle)); }
}
