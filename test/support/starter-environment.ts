/** The variable of the starter that the other functions don't have. */
process.env.ATTEMPTS = '3';
