# SPDX-License-Identifier: MIT
# The check of the reference, checked: a small header and its page, each changed by one fault, and what must be said
# about it; then the true page, with a name too few and a name too many.
cmake_minimum_required(VERSION 3.25)

set(head "#pragma once\nnamespace tagspan::inline TAGSPAN_ABI {\n")
set(tail "}  // namespace tagspan::inline TAGSPAN_ABI\n")
set(header "${head}struct one { int inside; };\n${tail}")
set(section "### `#include <tagspan/core/span.hpp>`\n\n| name | what |\n| --- | --- |\n")
set(page "${section}| `one` | the first |\n")

# Plants `header` and `page`; `said` is what the check must say, "" that it must be content.
function(expect name said header page)
  set(tree "${WORK_DIR}/${name}")
  file(REMOVE_RECURSE "${tree}")
  file(WRITE "${tree}/include/tagspan/core/span.hpp" "${header}")
  file(WRITE "${tree}/page.md" "${page}")
  run("${name}" "${said}" "${tree}/include" "${tree}/page.md")
endfunction()

function(run name said include_dir page)
  execute_process(
    COMMAND "${REFERENCE}" "${include_dir}" "${page}"
    RESULT_VARIABLE status
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
  )
  if(said STREQUAL "" AND NOT status EQUAL 0)
    message(FATAL_ERROR "${name}: a sound page is refused:\n${output}")
  elseif(NOT said STREQUAL "" AND NOT status EQUAL 1)
    message(FATAL_ERROR "${name}: the fault is not seen:\n${output}")
  elseif(NOT said STREQUAL "" AND NOT output MATCHES "${said}")
    message(FATAL_ERROR "${name}: seen, but not said as `${said}`:\n${output}")
  endif()
  message(STATUS "seen: ${name}")
endfunction()

# A declaration beside `one`, and the name that it has.
function(declares case name text)
  set(lacks "core/span.hpp: declares ${name}, which the page does not list")
  expect("${case}_lacking" "${lacks}" "${header}${head}${text}\n${tail}" "${page}")
  expect("${case}" "" "${header}${head}${text}\n${tail}" "${page}| `${name}` | the second |\n")
endfunction()

# A declaration beside `one` that has no name for the page.
function(declares_nothing case text)
  expect("${case}" "" "${header}${head}${text}\n${tail}" "${page}")
endfunction()

expect(sound "" "${header}" "${page}")
declares(class two "template <class T>\n  requires(sizeof(T) > 2)\nclass [[nodiscard]] two : public one { void f(); };")
declares(enumeration two "enum class two : unsigned char { a, b = 'x' };")
declares(concept two "template <class T>\nconcept two = requires(T t) { { t.f() } -> same<int>; } || sizeof(T) == 1;")
declares(alias two "template <class T> using two = one;")
declares(
  function two
  "template <class T> requires good<T, int> && (!bad<T>) constexpr many<T, many<int>> two(T a = T{}) noexcept(true) { if (a) {} }"
)
declares(function_of_trailing_type two "auto two(one const& x) -> decltype(f(x)) { return f(x); }")
declares(declaration two "many<one, int> const* two(int);")
declares(variable two "inline constexpr int const two[] = {1, 2};")
declares(braced_variable two "inline constexpr one two{3};")
declares(second_variable two "struct one; inline constexpr int one = 1, two = 2;")
declares(nested unit::two "namespace unit { struct two {}; }")
declares(macro TAGSPAN_TWO "#define TAGSPAN_TWO(x) \\\n  (x)")
declares_nothing(detail "namespace detail { struct hidden {}; void f() {} }")
declares_nothing(comment "// struct no {};\n/* void no(); */")
declares_nothing(text "static_assert(f(\"} struct no {\"));")
declares_nothing(operators "bool operator()(one, one); one& operator<<(one& a, int b) { return a; }")
declares_nothing(out_of_line "inline void one::f() const { g(); }")
declares_nothing(specialisation "template <> struct other<int> {};")
declares_nothing(inner_macro "#define TAGSPAN_HALF_(x) x\n#define OTHER 1")

expect(invented "core/span.hpp: the page lists three, which it does not" "${header}" "${page}| `three` | no |\n")
expect(member "core/span.hpp: the page lists inside, which" "${header}" "${page}| `inside` | a member |\n")
expect(in_prose "declares one, which the page does not list" "${header}" "${section}\n`one` is a struct.\n")
expect(in_another_cell "declares one, which the page does not list" "${header}" "${section}| what | `one` |\n")
expect(in_another_section "declares one, which the page" "${header}" "${section}\n## Else\n\n| `one` | x |\n")
expect(several "" "${header}${head}int two();\n${tail}" "${section}| `one<T>`, `two(int, int)` | both |\n")
expect(about_a_member "" "${header}" "${page}| … `inside` | of it |\n")
expect(no_such_header "there is no header core/no.hpp" "${header}" "${page}### `#include <tagspan/core/no.hpp>`\n")
expect(nothing "no public name below" "#pragma once\n" "${page}")
set(codes "${header}${head}enum class errc : int {\n  bad = 1,  // where: it, there\n  worse,\n};\n${tail}")
set(codes_page "${page}| `errc` | codes |\n\n## Error codes\n\n| code | what |\n| --- | --- |\n| `bad` | x |\n")
expect(code_lacking "errc::worse is not in the table" "${codes}" "${codes_page}")
expect(code_invented "there is no errc::best" "${codes}" "${codes_page}| `worse` | x |\n| `best` | x |\n")
expect(code_sound "" "${codes}" "${codes_page}| `worse` | x |\n")

file(READ "${PAGE}" true_page)
string(REPLACE "| `decode` |" "| decode |" lacking "${true_page}")
file(WRITE "${WORK_DIR}/lacking.md" "${lacking}")
run(true_page_lacking "model/decode.hpp: declares decode, which" "${INCLUDE_DIR}" "${WORK_DIR}/lacking.md")
string(REPLACE "| `decode` |" "| `decode`, `decode_all` |" invented "${true_page}")
file(WRITE "${WORK_DIR}/invented.md" "${invented}")
run(true_page_invented "model/decode.hpp: the page lists decode_all" "${INCLUDE_DIR}" "${WORK_DIR}/invented.md")
