-- wrk: each request is a new scan by one of the people in the file that the environment names.
-- A line is `cookie TAB code TAB answers`; the scan id is a UUIDv7 of now.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long s; long ns; } lf_time; int clock_gettime(int clock, lf_time *at); ]]

local lines, count, next_line = {}, 0, 0
local at = ffi.new("lf_time")

function init(args)
  for line in io.lines(os.getenv("LF_SCANS")) do
    count = count + 1
    lines[count] = line
  end
  ffi.C.clock_gettime(0, at)
  math.randomseed(tonumber(at.ns))
  next_line = math.random(count)
end

function request()
  next_line = next_line % count + 1
  local cookie, code, answers = lines[next_line]:match("^([^\t]+)\t([^\t]+)\t(.+)$")
  ffi.C.clock_gettime(0, at)
  local ms = tonumber(at.s) * 1000 + math.floor(tonumber(at.ns) / 1e6)
  local id = string.format("%08x-%04x-7%03x-%04x-%04x%08x", math.floor(ms / 65536), ms % 65536,
    math.random(0, 0xfff), 0x8000 + math.random(0, 0x3fff), math.random(0, 0xffff), math.random(0, 0x7fffffff))
  local body = '{"scan_id":"' .. id .. '","code":"' .. code .. '","answers":' .. answers .. '}'
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json", ["Cookie"] = cookie }, body)
end

-- between an answer and the next request of a connection: evenly spread around the pause that the environment names
local pause = tonumber(os.getenv("LF_PAUSE_MS")) or 0
if pause > 0 then
  function delay()
    return math.random(0, 2 * pause)
  end
end

function done(summary, latency)
  io.write(string.format('\nJSON {"requests":%d,"seconds":%.3f,"refused":%d,"broken":%d,"p50_ms":%.2f,"p99_ms":%.2f,"max_ms":%.2f}\n',
    summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
