# SPDX-License-Identifier: MIT
# Opens PAGE in headless Chromium, as a telephone and as a desktop, light and dark: nothing may overflow to the side, no
# message may reach the console, and nothing may be loaded. (The page's own policy forbids loading, so that an attempt
# would be a message; the copy that measures has no such policy, and counts.) Screenshots stay in WORK_DIR, to be looked at.
#
#   cmake -DBROWSER=chromium -DPAGE=report.out -DWORK_DIR=… -P page_in_browser.cmake
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")
set(quiet --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync
          --disable-component-update "--host-resolver-rules=MAP * ~NOTFOUND" --hide-scrollbars
          "--user-data-dir=${WORK_DIR}/profile"
)

# A copy that is allowed one script, which measures. The page itself forbids all.
file(COPY_FILE "${PAGE}" "${WORK_DIR}/page.html")
file(READ "${PAGE}" text)
string(REGEX REPLACE "<meta http-equiv=\"Content-Security-Policy\"[^>]*>" "" measured "${text}")
if(measured STREQUAL text)
  message(FATAL_ERROR "the page does not forbid loading")
endif()
string(REPLACE "</body>" "<script>document.title=Math.max(0,document.documentElement.scrollWidth-innerWidth)+' too wide, '+performance.getEntriesByType('resource').length+' loaded'</script></body>"
               measured "${measured}"
)
file(WRITE "${WORK_DIR}/measured.html" "${measured}")

foreach(width IN ITEMS 390 1280)
  execute_process(
    COMMAND "${BROWSER}" ${quiet} --window-size=${width},900 --dump-dom "file://${WORK_DIR}/measured.html"
    OUTPUT_VARIABLE dom ERROR_QUIET RESULT_VARIABLE status
  )
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "the browser ended with ${status}")
  endif()
  if(NOT dom MATCHES "<title>0 too wide, 0 loaded</title>")
    string(REGEX MATCH "<title>[^<]*</title>" said "${dom}")
    message(FATAL_ERROR "at width ${width}: ${said}")
  endif()
  foreach(mode IN ITEMS light dark)
    set(scheme 1)
    if(mode STREQUAL dark)
      set(scheme 0)
    endif()
    execute_process(
      COMMAND "${BROWSER}" ${quiet} --window-size=${width},2400 --enable-logging=stderr
              --blink-settings=preferredColorScheme=${scheme} "--screenshot=${WORK_DIR}/${mode}-${width}.png" "file://${WORK_DIR}/page.html"
      OUTPUT_QUIET ERROR_VARIABLE said RESULT_VARIABLE status
    )
    if(NOT status EQUAL 0 OR NOT EXISTS "${WORK_DIR}/${mode}-${width}.png")
      message(FATAL_ERROR "${mode}, ${width}: no screenshot (${status})")
    endif()
    if(said MATCHES "CONSOLE[^\n]*")
      message(FATAL_ERROR "${mode}, ${width}: ${CMAKE_MATCH_0}")
    endif()
  endforeach()
endforeach()
message("no overflow, no message, nothing loaded; screenshots are in ${WORK_DIR}")
