"""Work resumption: daily health reports of a company's employees, reminders, and what becomes of the abnormal."""
