/**
 * How elements beside the bell get the client in a page that is bundled: from this package, whether
 * there is a bell or not. Without a bundler they load the bell's script by its URL.
 */

import "./panel";

import { acquireFor } from "../bell/host-client";
import { release } from "../client/registry";
import { loadClientBy } from "../view/client-element";

loadClientBy(async () => ({ acquireFor, release }));
