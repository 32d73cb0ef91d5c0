# SPDX-License-Identifier: MIT
# The check of the pages' code, checked: small pages, and what must be said about each.
cmake_minimum_required(VERSION 3.25)

file(MAKE_DIRECTORY "${WORK_DIR}")

# `~~~` stands for a fence.
function(expect name passes said page)
  string(REPLACE "~~~" "```" page "${page}")
  file(WRITE "${WORK_DIR}/${name}.md" "${page}")
  execute_process(
    COMMAND "${RUN_BLOCKS}" "${WORK_DIR}/${name}.md" "${WORK_DIR}/${name}" ${COMMAND}
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
  )
  if(passes AND NOT status EQUAL 0)
    message(FATAL_ERROR "${name}: a sound page is refused:\n${output}")
  elseif(NOT passes AND status EQUAL 0)
    message(FATAL_ERROR "${name}: the fault is not seen:\n${output}")
  elseif(NOT output MATCHES "${said}")
    message(FATAL_ERROR "${name}: does not say `${said}`:\n${output}")
  endif()
  message(STATUS "seen: ${name}")
endfunction()

set(prints "#include <cstdio>\n\nint main() {\n  std::puts(\"three\");\n}\n")
expect(program ON "1 blocks, 0 failed" "# Page\n~~~cpp\n${prints}~~~\n~~~text output\nthree\n~~~\n")
expect(not_ours ON "0 blocks, 0 failed" "~~~sh\nexit 1\n~~~\n~~~text\nint main\n~~~\n")
expect(other_output OFF "other_output.md:1: this block prints something else" "~~~cpp\n${prints}~~~\n\n~~~text output\nfour\n~~~\n")
expect(place_of_error OFF "place_of_error.md:5:" "words\n\n~~~cpp\nint main() {\n  return nothing;\n}\n~~~\n")
expect(ends_badly OFF "ends_badly.md:2: this block compiles, and ends" "\n~~~cpp\nint main() { return 3; }\n~~~\n")
expect(not_run ON "1 blocks, 0 failed" "~~~cpp no-run\nint main() { return 3; }\n~~~\n")
expect(wrapped ON "1 blocks, 0 failed" "~~~cpp\n#include <cstdio>\nts::token_span span{1, 3};\nstd::printf(\"%zu\\n\", span.size());\n~~~\n~~~text output\n2\n~~~\n")
expect(wrapped_fault OFF "wrapped_fault.md:3:" "~~~cpp\n\nts::token_span span = nothing;\n~~~\n")
expect(file_scope ON "1 blocks, 0 failed" "~~~cpp file-scope\ntemplate <class T> struct mine { T value; };\n~~~\n")
expect(setup ON "1 blocks, 0 failed" "<!-- setup\nint hidden = 1;\n-->\n~~~cpp\nreturn hidden - 1;\n~~~\n")
expect(setup_fault OFF "setup_fault.md:2:" "<!-- setup\nint hidden = nothing;\n-->\n~~~cpp\nreturn hidden;\n~~~\n")
expect(lost_setup OFF "lost_setup.md:1: no C.. block stands" "<!-- setup\nint hidden;\n-->\nwords\n")
expect(without_utf8proc ON "1 passed over for want of utf8proc" "~~~cpp utf8proc\nreturn nothing;\n~~~\n")
expect(unknown_word OFF "unknown_word.md:1: a C.. block is" "~~~cpp norun\nint main() {}\n~~~\n")
expect(other_name OFF "other_name.md:1: write `cpp`" "~~~c++\nint main() {}\n~~~\n")
expect(open_block OFF "open_block.md:1: the block does not end" "~~~cpp\nint main() {}\n")
expect(lost_output OFF "lost_output.md:4: this output belongs to no" "~~~cpp\n~~~\nwords\n~~~text output\n~~~\n")
expect(in_a_list ON "1 blocks, 0 failed" "- item\n\n  ~~~cpp\n  int main() {}\n  ~~~\n")
file(WRITE "${WORK_DIR}/quoted.hpp" "int one;\n  int two;\n\n  int three;\n")
expect(quoted ON "1 blocks, 0 failed" "~~~cpp from ${WORK_DIR}/quoted.hpp\nint two;\n\nint three;\n~~~\n")
expect(misquoted OFF "misquoted.md:1: this block does not stand in" "~~~cpp from ${WORK_DIR}/quoted.hpp\nint one;\nint three;\n~~~\n")
expect(quoted_from_nowhere OFF "cannot be read" "~~~cpp from ${WORK_DIR}/nowhere.hpp\nint one;\n~~~\n")
