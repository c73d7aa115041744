-- wrk: each request asks for the colour of one of the people in the file that the environment names (a line begins with a cookie).
local requests, count, at = {}, 0, 0

function init(args)
  for line in io.lines(os.getenv("LF_SCANS")) do
    count = count + 1
    requests[count] = wrk.format("GET", nil, { ["Cookie"] = line:match("^([^\t]+)\t") })
  end
  math.randomseed(os.time())
  at = math.random(count)
end

function request()
  at = at % count + 1
  return requests[at]
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
