import { IResolveContext } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/** A policy document with statements that are chosen at synthesis, and those that somebody has added to it. */
export class SharedDocument extends iam.PolicyDocument {
  private added?: iam.PolicyStatement[];

  /** @param chosen returns the statements that the document has now */
  constructor(private readonly chosen: () => iam.PolicyStatement[]) {
    super();
  }

  public override addStatements(...statements: iam.PolicyStatement[]): void {
    this.added = [...this.added ?? [], ...statements];
  }

  public override get isEmpty(): boolean {
    return this.statementCount === 0;
  }

  public override get statementCount(): number {
    return this.now().statementCount;
  }

  public override resolve(context: IResolveContext): any {
    // CDK leaves out a policy without statements, but aspects and tools like cdk-nag look at its document.
    return this.now().resolve(context) ?? { Statement: [], Version: '2012-10-17' };
  }

  public override toJSON(): any {
    return this.now().toJSON();
  }

  public override validateForIdentityPolicy(): string[] {
    return this.now().validateForIdentityPolicy();
  }

  private now(): iam.PolicyDocument {
    return new iam.PolicyDocument({ statements: [...this.chosen(), ...this.added ?? []] });
  }
}
