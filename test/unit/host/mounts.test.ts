import { test } from "uvu";
import * as assert from "uvu/assert";
import { mountOn, parseMountinfo } from "../../../lib/host/mounts.ts";

const TABLE = `22 28 0:20 / /sys rw,relatime - sysfs sysfs rw
36 35 98:0 /mnt1 /with\\040space\\011tab\\134 rw,noatime master:1 shared:2 - ext3 /dev/ro\\040ot rw,errors=continue
40 22 0:50 / /sys ro - fuse.x img.sqfs ro,user_id=12,group_id=0
`;

test("parseMountinfo() reads path, type, source and user", () => {
  assert.equal(parseMountinfo(TABLE), [
    { path: "/sys", type: "sysfs", source: "sysfs" },
    { path: "/with space\ttab\\", type: "ext3", source: "/dev/ro ot" },
    { path: "/sys", type: "fuse.x", source: "img.sqfs", user: 12 },
  ]);
});

test("mountOn() finds what this host has on /proc", () => {
  assert.is(mountOn("/proc")?.type, "proc");
});

test("mountOn() finds nothing where nothing is mounted", () => {
  assert.is(mountOn("/proc/self/no-such"), undefined);
});

test.run();
