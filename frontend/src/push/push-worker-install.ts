/** `push-worker.js`: makes a service worker of the global scope it runs in. */

import { install, type WorkerScope } from "./push-worker";

install(globalThis as unknown as WorkerScope);
