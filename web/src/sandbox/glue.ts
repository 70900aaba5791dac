/** The Python half of the worker. `bridge` is a JavaScript object; everything below is called by worker.ts. */
export const GLUE = `
import sys, time
from importlib import import_module

def make_bridge(bridge):
    from pyodide.ffi import to_js
    from pellucid.xray import Runner, find_imports

    runner = Runner(scale=bridge.scale, available=tuple(bridge.available))

    def emit(event):
        kind = event["type"]
        if kind == "stdout" or kind == "stderr":
            bridge.text(kind, event["text"])
        else:
            bridge.event(to_js(event, dict_converter=bridge.fromEntries))

    def ask(prompt):
        if not bridge.canAsk:
            raise RuntimeError(bridge.noInput)
        answer = bridge.ask(prompt)
        if bridge.interrupted():
            raise KeyboardInterrupt
        return answer

    runner.set_input(ask)

    def call(target, *args):
        module, _, name = target.partition(":")
        return getattr(import_module(module), name)(*args)

    def complete(source, cursor):
        import json
        return json.dumps(runner.complete(source, cursor))

    return to_js({
        "run": lambda cell, source: runner.run(cell, source, emit)["status"],
        "imports": find_imports,
        "complete": complete,
        "call": call,
    }, dict_converter=bridge.fromEntries)

def make_sleep(bridge):
    real_sleep = time.sleep

    def sleep(seconds, /):
        """Suspend execution for a number of seconds; Stop ends it."""
        if not (isinstance(seconds, (int, float)) and 0 <= seconds <= 86_400):
            return real_sleep(seconds)
        sys.stdout.flush()
        sys.stderr.flush()
        bridge.sleep(seconds * 1000)
        if bridge.interrupted():
            raise KeyboardInterrupt

    time.sleep = sleep
`;
