/* Unit tests of {{name}}, run by `ferrite plugin test`. */
#include "ferrite_test.h"
#include "../{{name}}.c"

FERRITE_TEST(greets)
{
    EXPECT({{module}}_world, "", "\"Hello, World!\"");
    EXPECT({{module}}_world, "Alice", "\"Hello, Alice!\"");
}

FERRITE_TEST(counts)
{
    EXPECT({{module}}_count, "visits", "(integer) 1");
    EXPECT({{module}}_count, "visits", "(integer) 2");
    EXPECT({{module}}_count, "others", "(integer) 1");
}
