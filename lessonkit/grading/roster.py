from lessonkit.grading.submissions import BadTable, read_table
import math
def number(text):
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
