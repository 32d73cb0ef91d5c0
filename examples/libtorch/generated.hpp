// SPDX-License-Identifier: MIT
// Corpora made from templates, for where no real one lies at hand: sentences with marked names, the same ones every
// time. Each name belongs to one part only, training, held-out or test, so that a tagger that learned names by heart
// finds none of those it is asked for. The templates are shared, and the score says no more than that: names that were
// never seen, in sentences of a known kind.
//
// They are not made to be easy. Cities, products and months have capitals too; companies bear people's names; in some
// sentences both a person and a company could stand; some are all in lower case; and in the training part one name in
// forty is left unmarked, as people forget some.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace generated {

enum class part : std::uint8_t { training, held_out, test };

struct sentence {
  std::vector<std::string> words;
  std::vector<std::string> tags;  // BIO
};

// splitmix64 (Steele, Lea & Flood 2014): the same numbers on every platform.
class random {
 public:
  explicit random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>((*this)() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string_view any(std::span<std::string_view const> from) { return from[below(from.size())]; }

 private:
  std::uint64_t state_;
};

// The one part that a name belongs to: six names in ten are for training, two each for the others. FNV-1a, mixed.
inline part part_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (char const c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::size_t const place = random(hash).below(10);
  return place < 6 ? part::training : place < 8 ? part::held_out : part::test;
}

namespace detail {

using words = std::span<std::string_view const>;

inline constexpr std::string_view first_names[] = {
    "Ada",    "Alan",   "Alice",  "Amir",    "Anna",   "Anton",  "Ben",    "Bruno",  "Carla",  "Chen",   "Clara",
    "Daniel", "David",  "Dora",   "Edgar",   "Elena",  "Elif",   "Emil",   "Emma",   "Erik",   "Fatima", "Felix",
    "Frida",  "Grace",  "Greta",  "Hana",    "Hassan", "Helen",  "Hugo",   "Ida",    "Ines",   "Ivan",   "Jana",
    "Jonas",  "Julia",  "Karim",  "Katya",   "Kenji",  "Lars",   "Laura",  "Leila",  "Leo",    "Lina",   "Lucas",
    "Maria",  "Marta",  "Mateo",  "Mia",     "Milan",  "Mina",   "Nadia",  "Nina",   "Noah",   "Nora",   "Olga",
    "Omar",   "Oscar",  "Paula",  "Peter",   "Priya",  "Rafael", "Rosa",   "Ruth",   "Samir",  "Sara",   "Simon",
    "Sofia",  "Stefan", "Tariq",  "Teresa",  "Thomas", "Tomas",  "Vera",   "Victor", "Wanda",  "Yara",   "Yusuf",
    "Zoe",    "Martin", "Hannah", "Gustav",  "Irene",  "Pavel",  "Linnea", "Diego",  "Amina",  "Bela",   "Cyril",
    "Dmitri", "Esther", "Farid",  "Gabriel", "Heidi",  "Isaac",  "Jasmin", "Kofi",   "Ludwig", "Miriam", "Nils"};
inline constexpr std::string_view onsets[] = {"b", "br", "ch", "d", "f", "g",  "gr", "h",  "k", "kl", "l",
                                              "m", "n",  "p",  "r", "s", "st", "t",  "tr", "v", "w"};
inline constexpr std::string_view vowels[] = {"a", "e", "i", "o", "u", "ei", "ou", "ia"};
inline constexpr std::string_view family_ends[] = {"mann", "son", "ski", "berg", "ov",  "ez",   "ley", "ton", "wood",
                                                   "ini",  "ard", "ing", "er",   "eau", "witz", "as",  "ic",  "stein"};
inline constexpr std::string_view brand_ends[] = {"tek", "ora", "ix",  "soft", "dyne", "ex",  "ana", "ium", "co",
                                                  "net", "um",  "ton", "ley",  "er",   "ics", "as",  "lab", "ova"};
inline constexpr std::string_view place_ends[] = {"ville", "burg", "ford", "ton", "stad", "port", "haven", "ley", "ia"};
inline constexpr std::string_view kinds_of_company[] = {"Group", "Ltd", "Inc",       "Systems",    "Bank",  "Partners",
                                                        "Labs",  "AG",  "Logistics", "Industries", "Media", "Foods"};
inline constexpr std::string_view institutes[] = {"University", "Hospital", "Institute", "City Council", "Museum"};
inline constexpr std::string_view months[] = {"January", "March",  "April",   "May",
                                              "June",    "August", "October", "December"};
inline constexpr std::string_view roles[] = {"engineer",   "director",   "nurse",   "chief executive", "accountant",
                                             "consultant", "researcher", "teacher", "project manager", "analyst"};
inline constexpr std::string_view fields[] = {
    "Physics",    "Mathematics", "Biology",    "Economics", "Law",          "History",      "Chemistry",  "Nursing",
    "Philosophy", "Statistics",  "Marketing",  "Finance",   "Architecture", "Linguistics",  "Psychology", "Geology",
    "Pharmacy",   "Education",   "Journalism", "Music",     "Astronomy",    "Anthropology", "Sociology",  "Medicine",
    "Robotics",   "Informatics", "Theology",   "Logistics", "Optics",       "Genetics"};
inline constexpr std::string_view degrees[] = {"Bachelor of Science in",
                                               "Bachelor of Arts in",
                                               "Master of Science in",
                                               "Master of Arts in",
                                               "Diploma in",
                                               "PhD in",
                                               "BSc",
                                               "MSc"};
inline constexpr std::string_view skills[] = {"Python",
                                              "Java",
                                              "SQL",
                                              "Excel",
                                              "Photoshop",
                                              "Linux",
                                              "Kubernetes",
                                              "Docker",
                                              "negotiation",
                                              "copywriting",
                                              "data analysis",
                                              "machine learning",
                                              "public speaking",
                                              "accounting",
                                              "bookkeeping",
                                              "typing",
                                              "welding",
                                              "event planning",
                                              "customer service",
                                              "web design",
                                              "JavaScript",
                                              "TypeScript",
                                              "Rust",
                                              "Go",
                                              "Scala",
                                              "Terraform",
                                              "PostgreSQL",
                                              "budgeting",
                                              "team leadership",
                                              "risk analysis",
                                              "technical writing",
                                              "Tableau",
                                              "PowerPoint",
                                              "cloud security",
                                              "network design",
                                              "quality control",
                                              "patient care",
                                              "phlebotomy",
                                              "translation",
                                              "video editing",
                                              "Illustrator",
                                              "AutoCAD",
                                              "MATLAB",
                                              "statistics",
                                              "forecasting",
                                              "procurement",
                                              "scheduling",
                                              "user research",
                                              "React",
                                              "Node.js",
                                              "C++",
                                              "Haskell",
                                              "Spark",
                                              "Kafka",
                                              "proofreading",
                                              "lean production",
                                              "tax law",
                                              "first aid",
                                              "market research",
                                              "payroll"};
inline constexpr std::string_view drug_ends[] = {"amine", "olol", "statin", "azole", "cillin", "idine", "pril", "oxin"};
inline constexpr std::string_view illness_ends[] = {"itis", "osis", "emia", "opathy", "oma", "algia"};
inline constexpr std::string_view organs[] = {"renal",   "hepatic", "cardiac", "ocular",
                                              "gastric", "spinal",  "lung",    "skin"};
inline constexpr std::string_view illness_nouns[] = {"failure", "toxicity", "injury", "cancer", "fibrosis", "disorder"};

// {PER} is a name that is marked; {city} is one that is not. Words in capitals are types.
inline constexpr std::string_view two_types[] = {
    "{PER} joined {ORG} in {month} .",
    "{ORG} named {PER} as its new {role} .",
    "The {role} of {ORG} , {PER} , said that sales in {city} had risen .",
    "In {month} {ORG} bought a factory near {city} .",
    "{PER} was born in {city} and studied at {ORG} .",
    "Shares of {ORG} fell after {PER} had left .",
    "{ORG} and {ORG} will merge in {month} .",
    "{PER} met {PER} at the airport of {city} .",
    "\" We are glad \" , said {PER} of {ORG} .",
    "{either} announced a new plan on Monday .",
    "According to {either} , the {product} is late .",
    "Nobody in {city} had heard of {either} before {month} .",
    "The {product} was shown in {city} .",
    "It rained in {city} all through {month} .",
    "{ORG} sells the {product} in {city} , {city} and {city} .",
    "Mr {PER} , a {role} , moved from {city} to {city} .",
    "Dr {PER} works for {ORG} as a {role} .",
    "A spokeswoman for {ORG} could not be reached .",
    "The award went to {PER} , {PER} and {PER} .",
    "Prices of the {product} rose by {number} per cent in {month} .",
    "{PER} ( {city} ) won the race before {PER} ( {city} ) .",
    "{city} beat {city} {number} to {number} .",
    "The offices of {ORG} in {city} were closed on Friday .",
    "{PER} , formerly of {ORG} , now leads {ORG} .",
};
inline constexpr std::string_view resume[] = {
    "{NAME}",
    "Name : {NAME}",
    "{NAME} , {role} , {city}",
    "{role} at {EMPLOYER} , {city} , {number} months",
    "Worked as {role} for {EMPLOYER} until {month}",
    "{EMPLOYER} - {role} ( {month} - {month} )",
    "{DEGREE} , {city} , {month}",
    "Education : {DEGREE} and {DEGREE}",
    "Finished a {DEGREE} in {month} , with honours",
    "Skills : {SKILL} , {SKILL} , {SKILL}",
    "Skilled in {SKILL} and {SKILL}",
    "{number} years of {SKILL} , some {SKILL}",
    "Used {SKILL} daily at {EMPLOYER}",
    "References : {NAME} , {role} at {EMPLOYER}",
    "Hobbies : chess , hiking , cooking in {city}",
    "Address : {number} {city} Road , {city}",
    "Led a team of {number} in {city} and improved {SKILL}",
    "Taught {SKILL} to {number} students of {field}",
    "Reported to {NAME} , head of sales in {city}",
    "Languages : English , German and Spanish",
    "Moved from {EMPLOYER} to {EMPLOYER} in {month}",
    "Responsible for budgets , hiring and {SKILL}",
};
inline constexpr std::string_view clinical[] = {
    "Patients with {Disease} received {Chemical} for {number} weeks .",
    "{Chemical} - induced {Disease} was seen in {number} patients .",
    "We report a case of {Disease} after treatment with {Chemical} .",
    "No {Disease} was observed in the control group .",
    "The effect of {Chemical} and {Chemical} on blood pressure was studied .",
    "{Disease} and {Disease} are known side effects of {Chemical} .",
    "Serum levels were measured on day {number} .",
    "{Chemical} ( {number} mg / kg ) reduced the risk of {Disease} .",
    "The patients were followed for {number} months in {city} .",
    "A woman with a history of {Disease} was admitted in {month} .",
    "Blood was taken before and after surgery .",
    "Withdrawal of {Chemical} led to recovery from {Disease} .",
};

}  // namespace detail

// Sentences of one kind and one part, without end.
class source {
 public:
  source(detail::words templates, part of, std::uint64_t seed)
      : templates_(templates), part_(of), random_(seed * 3 + static_cast<std::uint64_t>(of)) {}

  sentence next() {
    sentence out;
    std::string_view rest = random_.any(templates_);
    while (!rest.empty()) {
      std::size_t const end = std::min(rest.find(' '), rest.size());
      std::string_view const item = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (item.front() == '{') {
        auto [text, type] = fill(item.substr(1, item.size() - 2));
        append(out, text, part_ == part::training && random_.one_in(40) ? "" : type);
      } else {
        append(out, item, "");
      }
    }
    if (random_.one_in(15)) lower_case(out);
    return out;
  }

 private:
  struct filling {
    std::string text;
    std::string_view type;  // none: not marked
  };

  static void append(sentence& out, std::string_view text, std::string_view type) {
    for (bool first = true; !text.empty(); first = false) {
      std::size_t const end = std::min(text.find(' '), text.size());
      out.words.emplace_back(text.substr(0, end));
      out.tags.push_back(type.empty() ? "O" : (first ? "B-" : "I-") + std::string(type));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  static void lower_case(sentence& s) {
    for (std::string& word : s.words) {
      for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }

  // A name of this part: tries until one is.
  template <class Make>
  std::string own(Make make) {
    for (;;) {
      std::string name = make();
      if (part_of(name) == part_) return name;
    }
  }
  std::string listed(detail::words names) {
    return own([&] { return std::string(random_.any(names)); });
  }
  std::string coined(detail::words ends, bool capital = true) {
    return own([&] {
      std::string name;
      for (std::size_t syllables = 1 + random_.below(2); syllables > 0; --syllables) {
        name += random_.any(detail::onsets);
        name += random_.any(detail::vowels);
      }
      name += random_.any(detail::onsets).front();
      name += random_.any(ends);
      if (capital) name.front() = static_cast<char>(name.front() - 'a' + 'A');
      return name;
    });
  }
  std::string family() { return coined(detail::family_ends); }
  std::string person() {
    switch (random_.below(6)) {
      case 0: return family();
      case 1: return listed(detail::first_names) + " " + static_cast<char>('A' + random_.below(26)) + ". " + family();
      default: return listed(detail::first_names) + " " + family();
    }
  }
  std::string company() {
    std::string const kind(random_.any(detail::kinds_of_company));
    switch (random_.below(7)) {
      case 0: return coined(detail::brand_ends);
      case 1: return family() + " & " + family();
      case 2: return family() + " " + kind;
      case 3: return coined(detail::place_ends) + " " + std::string(random_.any(detail::institutes));
      default: return coined(detail::brand_ends) + " " + kind;
    }
  }
  filling either() {
    if (random_.one_in(2)) return {person(), "PER"};
    return {company(), "ORG"};
  }

  filling fill(std::string_view slot) {
    if (slot == "PER" || slot == "NAME") return {person(), slot};
    if (slot == "ORG" || slot == "EMPLOYER") return {company(), slot};
    if (slot == "either") return either();
    if (slot == "SKILL") return {listed(detail::skills), slot};
    if (slot == "DEGREE") return {std::string(random_.any(detail::degrees)) + " " + listed(detail::fields), slot};
    if (slot == "Chemical") return {coined(detail::drug_ends, false), slot};
    if (slot == "Disease") {
      if (random_.one_in(3)) return {coined(detail::illness_ends, false), slot};
      return {std::string(random_.any(detail::organs)) + " " + std::string(random_.any(detail::illness_nouns)), slot};
    }
    if (slot == "city") return {coined(detail::place_ends), ""};
    if (slot == "product") return {coined(detail::brand_ends) + " " + std::to_string(1 + random_.below(9)), ""};
    if (slot == "field") return {listed(detail::fields), ""};
    if (slot == "month") return {std::string(random_.any(detail::months)), ""};
    if (slot == "role") return {std::string(random_.any(detail::roles)), ""};
    return {std::to_string(2 + random_.below(90)), ""};  // {number}
  }

  detail::words templates_;
  part part_;
  random random_;
};

inline std::vector<sentence> sentences(detail::words templates, part of, std::size_t count, std::uint64_t seed) {
  source from(templates, of, seed);
  std::vector<sentence> out;
  out.reserve(count);
  while (out.size() < count) out.push_back(from.next());
  return out;
}

}  // namespace generated
